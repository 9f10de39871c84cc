import { useEffect, useRef, useState } from 'react';
import RFB from '@novnc/novnc';
import IconArrowsMaximize from '@tabler/icons-react/dist/esm/icons/IconArrowsMaximize.mjs';
import IconKeyboard from '@tabler/icons-react/dist/esm/icons/IconKeyboard.mjs';
import { ChannelSocket } from './byte-channel.ts';
import type { ByteChannel } from './byte-channel.ts';
import { Button } from './button.tsx';
import { Note } from './note.tsx';

type Phase = { kind: 'connecting' } | { kind: 'open' } | { kind: 'ended'; reason: string | null };

/** The screen of a VM: noVNC over a byte channel that carries RFB. `connect` opens one. */
export function Screen({ connect, label }: { connect: () => ByteChannel; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const rfb = useRef<RFB | null>(null);
  const [phase, setPhase] = useState<Phase>({ kind: 'connecting' });
  const [attempt, setAttempt] = useState(0);
  const [fit, setFit] = useState(true);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const channel = connect();
    let why: string | null = null;
    const tell = (reason: string | null): void => {
      why = reason;
    };
    const client = new RFB(element, new ChannelSocket(withClose(channel, tell)), { shared: true });
    client.scaleViewport = true;
    client.background = '#0B0E10';
    client.addEventListener('connect', () => {
      setPhase({ kind: 'open' });
    });
    client.addEventListener('disconnect', () => {
      // One that we left ourselves has nothing more to say.
      if (rfb.current !== client) return;
      setPhase({ kind: 'ended', reason: why });
    });
    rfb.current = client;
    return () => {
      client.disconnect();
      channel.close();
      rfb.current = null;
    };
  }, [connect, attempt]);
  useEffect(() => {
    if (rfb.current) rfb.current.scaleViewport = fit;
  }, [fit, phase]);
  return (
    <div style={{ flex: 1, minWidth: 0, minHeight: 240, display: 'flex', flexDirection: 'column', gap: 8 }}>
      <div className="ik-row">
        <Button
          size="sm"
          icon={IconKeyboard}
          reason={phase.kind === 'open' ? null : 'The screen is not connected'}
          onClick={() => {
            rfb.current?.sendCtrlAltDel();
          }}
        >
          Ctrl Alt Del
        </Button>
        <Button
          size="sm"
          icon={IconArrowsMaximize}
          onClick={() => {
            setFit(!fit);
          }}
        >
          {fit ? 'Real size' : 'Fit'}
        </Button>
        <span className="ik-xs ik-t3">
          {phase.kind === 'connecting'
            ? 'Connecting…'
            : phase.kind === 'open'
              ? 'Connected; click the screen to type'
              : ''}
        </span>
      </div>
      {phase.kind === 'ended' ? (
        <Note tone={phase.reason === null ? 'acc' : 'bad'}>
          <span className="ik-row">
            <span className="ik-grow">{phase.reason ?? 'The screen was closed.'}</span>
            <Button
              size="sm"
              onClick={() => {
                setPhase({ kind: 'connecting' });
                setAttempt(attempt + 1);
              }}
            >
              Open again
            </Button>
          </span>
        </Note>
      ) : null}
      <div
        ref={box}
        role="application"
        aria-label={label}
        style={{ flex: 1, minHeight: 0, background: '#0B0E10', borderRadius: 4, overflow: 'hidden' }}
      />
    </div>
  );
}

/** The same channel, telling also us why it closed. */
function withClose(channel: ByteChannel, told: (reason: string | null) => void): ByteChannel {
  return {
    send: (bytes) => {
      channel.send(bytes);
    },
    onData: (listener) => {
      channel.onData(listener);
    },
    onOpen: (listener) => {
      channel.onOpen(listener);
    },
    onClose: (listener) => {
      channel.onClose((reason) => {
        told(reason);
        listener(reason);
      });
    },
    close: () => {
      channel.close();
    },
  };
}
