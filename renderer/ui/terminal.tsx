import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef, useState } from 'react';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal as XTerm } from '@xterm/xterm';
import type { ByteChannel } from './byte-channel.ts';
import { Note } from './note.tsx';
import { Button } from './button.tsx';

function themeColours(): {
  background: string;
  foreground: string;
  cursor: string;
  selectionBackground: string;
} {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  // A console is dark in both schemes: guests paint for a dark ground.
  return {
    background: '#0B0E10',
    foreground: '#E6EAED',
    cursor: colour('--ik-accent-4'),
    selectionBackground: '#283D52',
  };
}

/** A serial console: xterm over a byte channel. `connect` opens one; after an end it can be opened again. */
export function Terminal({ connect, label }: { connect: () => ByteChannel; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [ended, setEnded] = useState<string | null | undefined>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const terminal = new XTerm({
      fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
      fontSize: 12,
      lineHeight: 1.2,
      scrollback: 5000,
      cursorBlink: false,
      screenReaderMode: false,
      theme: themeColours(),
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(element);
    terminal.textarea?.setAttribute('aria-label', label);
    fit.fit();
    terminal.focus();
    const channel = connect();
    const encoder = new TextEncoder();
    channel.onData((bytes) => {
      terminal.write(bytes);
    });
    channel.onClose(setEnded);
    const typing = terminal.onData((text) => {
      channel.send(encoder.encode(text));
    });
    const observer = new ResizeObserver(() => {
      fit.fit();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      typing.dispose();
      channel.close();
      terminal.dispose();
    };
  }, [connect, label, attempt]);
  return (
    <div style={{ flex: 1, minWidth: 0, minHeight: 160, display: 'flex', flexDirection: 'column', gap: 8 }}>
      {ended === undefined ? null : (
        <Note tone={ended === null ? 'acc' : 'bad'}>
          <span className="ik-row">
            <span className="ik-grow">{ended ?? 'The console was closed.'}</span>
            <Button
              size="sm"
              onClick={() => {
                setEnded(undefined);
                setAttempt(attempt + 1);
              }}
            >
              Open again
            </Button>
          </span>
        </Note>
      )}
      <div
        ref={box}
        style={{
          flex: 1,
          minHeight: 0,
          background: '#0B0E10',
          borderRadius: 4,
          padding: 8,
          overflow: 'hidden',
        }}
      />
    </div>
  );
}
