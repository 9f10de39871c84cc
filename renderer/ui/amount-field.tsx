import { useState } from 'react';
import type { TextInputProps } from '@mantine/core';
import { TextField } from './form-field.tsx';

/**
 * Where an amount, a price or a quantity is typed. `fault` is what `typed-amount.ts` says of it; it is shown once the field is left,
 * because half an amount is no mistake.
 */
export function AmountField(
  props: Omit<TextInputProps, 'value' | 'onChange' | 'error'> & {
    unit?: string;
    value: string;
    onChange: (text: string) => void;
    fault?: string | null | undefined;
  },
) {
  const { value, onChange, fault, ...rest } = props;
  const [wasLeft, setLeft] = useState(false);
  return (
    <TextField
      inputMode="decimal"
      {...rest}
      value={value}
      error={wasLeft && value.trim() !== '' ? fault : undefined}
      onBlur={(event) => {
        setLeft(true);
        rest.onBlur?.(event);
      }}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}
