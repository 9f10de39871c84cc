import { useLocation } from 'wouter';
import { Tabs } from '../../ui/tabs.tsx';

const TABS = [
  { key: '/alerts', label: 'Open' },
  { key: '/alerts/history', label: 'History' },
  { key: '/alerts/rules', label: 'Rules' },
  { key: '/alerts/channels', label: 'Channels' },
  { key: '/alerts/silences', label: 'Silences' },
] as const;
export type AlertPage = (typeof TABS)[number]['key'];

/** The pages of the alerts, each with its own address. */
export function AlertTabs({ value }: { value: AlertPage }) {
  const [, navigate] = useLocation();
  return (
    <div className="ik-alert-tabs">
      <Tabs
        label="Pages of the alerts"
        tabs={TABS}
        value={value}
        onChange={(path) => {
          navigate(path);
        }}
      />
    </div>
  );
}
