import { PageHead } from '../../ui/page-head.tsx';
import { BalancerPanel } from './balancer-panel.tsx';
import { CapsPanel } from './caps-panel.tsx';
import { RollingPanel } from './rolling-panel.tsx';

/** Maintenance over many hosts, the balancer, and how many moves run at once. */
export function MaintenancePage() {
  return (
    <>
      <PageHead title="Maintenance" />
      <div className="ik-page">
        <RollingPanel />
        <BalancerPanel />
        <CapsPanel />
      </div>
    </>
  );
}
