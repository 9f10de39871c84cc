import { Modal } from '@mantine/core';
import { useId, useRef, useState } from 'react';
import type { FocusEvent, ReactNode } from 'react';
import { Button } from './button.tsx';
import { useFocusReturn } from './focus-return.ts';
import { Note } from './note.tsx';
import { EnvironmentChip } from './top-bar.tsx';
import { Skeleton } from './skeleton.tsx';
import { PreviewBody } from './preview-body.tsx';
import type { Preview } from './preview-body.tsx';

/** The focus of a dialog's body itself goes back into the field it was taken from, or to what the dialog begins with, if it says so. */
function passFocusOn(event: FocusEvent<HTMLElement>): void {
  const { currentTarget: body, target, relatedTarget: before } = event;
  if (target !== body) return;
  const dialog = body.closest('[role="dialog"]');
  const begin = [...(dialog?.querySelectorAll<HTMLElement>('[data-autofocus]') ?? [])].find(
    (each) => each !== body,
  );
  const next = before instanceof HTMLElement && dialog?.contains(before) === true ? before : begin;
  next?.focus({ preventScroll: true });
}

/** A dialog of the house: title with the environment's chip, scrolling body, foot with its buttons. */
export function Dialog(props: {
  title: string;
  environment?: string | undefined;
  width?: number;
  onClose: () => void;
  foot?: ReactNode;
  children: ReactNode;
}) {
  useFocusReturn();
  // Whoever presses into the body with a mouse may be selecting words of it.
  const isPressed = useRef(false);
  return (
    <Modal
      opened
      onClose={props.onClose}
      size={props.width ?? 560}
      closeButtonProps={{ 'aria-label': 'Close' }}
      title={
        <>
          {props.title}
          {props.environment ? <EnvironmentChip name={props.environment} /> : null}
        </>
      }
    >
      {/* The trap of the focus gives it, a moment after opening, to what is marked so: to a close button a person who types would press it by a space. */}
      <div
        className="ik-mb"
        data-autofocus
        tabIndex={-1}
        onPointerDown={() => (isPressed.current = true)}
        onFocus={(event) => {
          if (!isPressed.current) passFocusOn(event);
        }}
      >
        {props.children}
      </div>
      {props.foot ? <div className="ik-mf">{props.foot}</div> : null}
    </Modal>
  );
}

interface ConfirmProps {
  title: string;
  environment?: string | undefined;
  /** Verb and count of the button: "Delete acct-4812", "Shut down 34 VMs". */
  action: string;
  /** What must be typed: a name when destroying, the number of objects acted on otherwise; absent: no typing. */
  typed?: string | undefined;
  typedHint?: string;
  danger?: boolean;
  busy?: boolean;
  /** Why it cannot be confirmed at all, whatever is typed. */
  off?: string | null;
  /** Refusal or failure of the last attempt; the dialog stays open with what was typed. */
  problem?: ReactNode;
  width?: number;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog whose one filled button works once the name or number has been typed. */
export function ConfirmDialog(props: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const inputId = useId();
  const off = props.off ?? null;
  // A name has lines of its own; a number stands beside the buttons.
  const isLong = (props.typed?.length ?? 0) > 6;
  const ready = off === null && (props.typed === undefined || typed.trim() === props.typed);
  const confirm = (): void => {
    if (ready && !props.busy) props.onConfirm();
  };
  const foot = (
    <form
      className={`ik-row ik-grow${isLong ? ' ik-confirm-name' : ''}`}
      style={{ gap: 12 }}
      onSubmit={(event) => {
        event.preventDefault();
        confirm();
      }}
    >
      {props.typed === undefined ? null : (
        <>
          <label htmlFor={inputId} style={{ lineHeight: '18px' }}>
            <span className="ik-strong ik-sm">Type {props.typed} to confirm</span>
            {props.typedHint ? (
              <span className="ik-xs ik-t3" style={{ display: 'block' }}>
                {props.typedHint}
              </span>
            ) : null}
          </label>
          <input
            id={inputId}
            className="ik-field"
            value={typed}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            style={isLong ? undefined : { width: 48 + props.typed.length * 9 }}
            onChange={(event) => {
              setTyped(event.target.value);
            }}
          />
        </>
      )}
      <span className="ik-grow" />
      <Button kind="ghost" onClick={props.onClose}>
        Cancel<kbd>Esc</kbd>
      </Button>
      <Button
        type="submit"
        kind={props.danger ? 'danger' : 'primary'}
        busy={props.busy}
        reason={off ?? (ready ? null : `Type ${props.typed ?? ''} first`)}
      >
        {props.action}
      </Button>
    </form>
  );
  return (
    <Dialog
      title={props.title}
      environment={props.environment}
      width={props.width ?? 560}
      onClose={props.onClose}
      foot={foot}
    >
      {props.children}
      {props.problem ? <Note tone="bad">{props.problem}</Note> : null}
    </Dialog>
  );
}

/** Destroying one object: what goes with it is said in `children`, its name is typed. */
export function ConfirmDestroy(
  props: Omit<ConfirmProps, 'typed' | 'danger' | 'action'> & { name: string; verb?: string },
) {
  const { name, verb = 'Delete', ...rest } = props;
  return (
    <ConfirmDialog
      {...rest}
      typed={name}
      typedHint="its name, as written in the title"
      danger
      action={`${verb} ${name}`}
    />
  );
}

/** What an action on many will do, skip and refuse, before it does it. Null preview: being worked out. */
export function PreviewModal(
  props: Omit<ConfirmProps, 'typed' | 'children' | 'action'> & {
    preview: Preview | null;
    /** Third person for the counts ("will shut down") and the button ("Shut down 34 VMs"). */
    willWords: string;
    action: (count: number) => string;
    /** The number acted on need not be typed: it is taken back as easily. */
    untyped?: boolean;
    /** Over the counts: what it is from. */
    head?: ReactNode;
    children?: ReactNode;
  },
) {
  const { preview, willWords, action, untyped, head, children, ...rest } = props;
  if (!preview) {
    return (
      <Dialog title={props.title} environment={props.environment} width={848} onClose={props.onClose}>
        {head}
        <Skeleton rows={5} />
        {children}
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      {...rest}
      width={848}
      typed={preview.willDo > 1 && untyped !== true ? String(preview.willDo) : undefined}
      typedHint={`the number of those that ${willWords}`}
      action={action(preview.willDo)}
      off={preview.willDo === 0 ? 'There is nothing to do: see the reasons' : null}
    >
      {head}
      <PreviewBody preview={preview} willWords={willWords} />
      {children}
    </ConfirmDialog>
  );
}
