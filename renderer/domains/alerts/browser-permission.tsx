import { useState } from 'react';
import { Button } from '../../ui/button.tsx';

/** On the desktop notifications need no leave; a browser asks the person once. */
export function BrowserPermission() {
  const isBrowser = window.innkeeper === undefined && 'Notification' in window;
  const [permission, setPermission] = useState(() => (isBrowser ? Notification.permission : 'granted'));
  if (!isBrowser || permission === 'granted') return null;
  if (permission === 'denied')
    return (
      <div className="ik-warn">This browser was told not to show them: allow it in its site settings.</div>
    );
  return (
    <div style={{ margin: '4px 0' }}>
      <Button
        size="sm"
        onClick={() => {
          void Notification.requestPermission().then(setPermission);
        }}
      >
        Allow in this browser
      </Button>
    </div>
  );
}
