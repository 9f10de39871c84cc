/* The icon package ships one type file of several megabytes; this declares the per-icon modules instead. */
declare module '@tabler/icons-react/dist/esm/icons/*.mjs' {
  import type { FunctionComponent } from 'react';
  const icon: FunctionComponent<{
    size?: number;
    className?: string;
    title?: string;
    'aria-hidden'?: boolean;
  }>;
  export default icon;
}
declare module '@novnc/novnc' {
  export interface RfbOptions {
    shared?: boolean;
    credentials?: { username?: string; password?: string; target?: string };
  }
  /** noVNC's client; the members used here (see docs/API.md of the package). */
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: unknown, options?: RfbOptions);
    scaleViewport: boolean;
    resizeSession: boolean;
    viewOnly: boolean;
    background: string;
    focusOnClick: boolean;
    qualityLevel: number;
    disconnect(): void;
    focus(options?: FocusOptions): void;
    blur(): void;
    sendCtrlAltDel(): void;
    clipboardPasteFrom(text: string): void;
    toDataURL(type?: string): string;
  }
}
