import { Component } from 'react';
import type { ErrorInfo, ReactNode } from 'react';
import IconBug from '@tabler/icons-react/dist/esm/icons/IconBug.mjs';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';

interface CrashState {
  error: Error | null;
  where: string;
}

/** A page that broke: the rest goes on, the details can be copied, and the page can be tried again. */
export class CrashBoundary extends Component<{ children: ReactNode }, CrashState> {
  override state: CrashState = { error: null, where: '' };

  static getDerivedStateFromError(error: unknown): Partial<CrashState> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(_error: Error, info: ErrorInfo): void {
    this.setState({ where: info.componentStack ?? '' });
  }

  override render(): ReactNode {
    const { error, where } = this.state;
    if (!error) return this.props.children;
    const stale = error.message.includes('dynamically imported module');
    const details = [
      error.stack ?? error.message,
      where,
      location.pathname + location.search,
      navigator.userAgent,
    ].join('\n');
    return (
      <div className="ik-empty" role="alert">
        <IconBug size={24} aria-hidden />
        <h2>{stale ? 'A part of the console could not be loaded' : 'This page broke'}</h2>
        <p>
          {stale
            ? 'The console was updated or the engine is away. Load it again.'
            : 'That is a fault of the console, not of your hosts: nothing was changed on them. Load it again; if it breaks again, send us the details.'}
        </p>
        <div className="ik-row">
          <Button
            kind="primary"
            onClick={() => {
              location.reload();
            }}
          >
            Load again
          </Button>
          <Button
            onClick={() => {
              this.setState({ error: null, where: '' });
            }}
          >
            Try to go on
          </Button>
          <CopyButton text={details} label="Copy details" />
        </div>
      </div>
    );
  }
}
