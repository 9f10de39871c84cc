import type { MouseEvent, ReactNode, Ref } from 'react';
import { Tooltip } from '@mantine/core';
import type { IconComponent } from './icon.ts';

export interface ButtonProps {
  /** `primary` (filled): at most one per view. `danger` (red fill): only inside a confirmed dialog; elsewhere `danger-outline`. */
  kind?: 'default' | 'primary' | 'danger' | 'danger-outline' | 'ghost';
  size?: 'sm' | 'md' | 'lg';
  icon?: IconComponent | undefined;
  /** Words of the button; for an icon alone give `label` instead. */
  children?: ReactNode;
  label?: string | undefined;
  /** Why the button is off, and what to do instead. With a reason it stays focusable and says so. */
  reason?: string | null | undefined;
  /** True while its work runs: pressing again does nothing. */
  busy?: boolean | undefined;
  type?: 'button' | 'submit';
  onClick?: ((event: MouseEvent<HTMLButtonElement>) => void) | undefined;
  ref?: Ref<HTMLButtonElement> | undefined;
  'aria-expanded'?: boolean | undefined;
  'aria-haspopup'?: 'menu' | 'dialog' | 'listbox' | undefined;
}

function iconSize(size: ButtonProps['size']): number {
  return size === 'sm' ? 13 : 14;
}

/** A button; `…` at the end of its words means that a preview follows. A disabled one says why, in a tooltip. */
export function Button(props: ButtonProps) {
  const {
    kind = 'default',
    size = 'md',
    icon: Icon,
    children,
    label,
    reason,
    busy,
    onClick,
    ref,
    ...rest
  } = props;
  const off = Boolean(reason) || busy === true;
  const button = (
    <button
      {...rest}
      ref={ref}
      type={props.type ?? 'button'}
      className="ik-btn"
      data-kind={kind}
      data-size={size}
      data-icon-only={children === undefined || undefined}
      aria-label={label}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {Icon ? <Icon size={iconSize(size)} aria-hidden /> : null}
      {children}
    </button>
  );
  if (reason) return <Tooltip label={reason}>{button}</Tooltip>;
  return children === undefined && label ? <Tooltip label={label}>{button}</Tooltip> : button;
}

/** A button whose availability comes from a state-to-action table: `reason` null means it can be pressed. */
export function ActionButton(props: ButtonProps & { reason: string | null }) {
  return <Button {...props} />;
}
