import { Link, useLocation } from 'wouter';
import IconMapOff from '@tabler/icons-react/dist/esm/icons/IconMapOff.mjs';
import { EmptyState } from '../ui/empty-state.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { openPalette } from '../ui/command-palette.tsx';
import { Button } from '../ui/button.tsx';

/** An address nothing belongs to. */
export function NotFoundPage() {
  const [location] = useLocation();
  return (
    <>
      <PageHead title="No such page" />
      <EmptyState
        icon={IconMapOff}
        title={`Nothing is at ${location}`}
        action={
          <span className="ik-row">
            <Button kind="primary" onClick={openPalette}>
              Find it
            </Button>
            <Link href="/" className="ik-link">
              To the overview
            </Link>
          </span>
        }
      >
        The object may have been deleted, or the address was cut off when it was copied.
      </EmptyState>
    </>
  );
}
