import './form.css';
import type { FormEvent, ReactNode } from 'react';
import { NumberInput, PasswordInput, Select, TextInput, Textarea } from '@mantine/core';
import type {
  NumberInputProps,
  PasswordInputProps,
  SelectProps,
  TextInputProps,
  TextareaProps,
} from '@mantine/core';

/** A form in one column; a section groups its fields under a heading. Enter sends it. */
export function Form(props: {
  onSubmit: () => void;
  foot: ReactNode;
  problem?: ReactNode;
  children: ReactNode;
}) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    props.onSubmit();
  };
  return (
    <form className="ik-form" onSubmit={submit} noValidate>
      {props.children}
      {props.problem}
      <div className="ik-form-foot">{props.foot}</div>
    </form>
  );
}

export function FormSection({
  title,
  hint,
  children,
}: {
  title: string;
  hint?: ReactNode;
  children: ReactNode;
}) {
  return (
    <fieldset className="ik-fieldset">
      <legend>{title}</legend>
      {hint ? <p className="ik-xs ik-t3">{hint}</p> : null}
      <div className="ik-fields">{children}</div>
    </fieldset>
  );
}

/** Text; `{...form.getInputProps('hostname')}` binds it to a Mantine form. `unit` is written in the field. */
export function TextField({ unit, ...props }: TextInputProps & { unit?: string }) {
  return (
    <TextInput
      autoComplete="off"
      spellCheck={false}
      {...props}
      {...(unit
        ? {
            rightSection: <span>{unit}</span>,
            rightSectionWidth: 16 + unit.length * 7,
            rightSectionPointerEvents: 'none' as const,
          }
        : {})}
    />
  );
}

/** A number with its unit written in the field; arrows step it. */
export function NumberField({ unit, ...props }: NumberInputProps & { unit?: string }) {
  return (
    <NumberInput
      hideControls
      thousandSeparator=","
      {...props}
      {...(unit
        ? {
            rightSection: <span>{unit}</span>,
            rightSectionWidth: 16 + unit.length * 7,
            rightSectionPointerEvents: 'none' as const,
          }
        : {})}
    />
  );
}

export function SelectField(props: SelectProps) {
  return <Select nothingFoundMessage="Nothing fits" {...props} />;
}

export function PasswordField(props: PasswordInputProps) {
  return <PasswordInput autoComplete="off" {...props} />;
}

export function TextAreaField(props: TextareaProps) {
  return <Textarea autosize minRows={3} maxRows={12} spellCheck={false} {...props} />;
}
