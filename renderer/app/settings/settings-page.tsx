import { Redirect, useLocation, useParams } from 'wouter';
import { PageHead } from '../../ui/page-head.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { settingsSections } from './settings-sections.tsx';

/** Settings by section, each with its address. */
export function SettingsPage() {
  const { section } = useParams<{ section?: string }>();
  const [, navigate] = useLocation();
  const shown = settingsSections.find((each) => each.key === (section ?? 'environment'));
  if (!shown) return <Redirect to="/settings" replace />;
  return (
    <>
      <PageHead title="Settings" />
      <div style={{ padding: '0 24px', marginTop: -8, borderBottom: '1px solid var(--ik-line)' }}>
        <Tabs
          label="Sections"
          tabs={settingsSections}
          value={shown.key}
          onChange={(key) => {
            navigate(`/settings/${key}`);
          }}
        />
      </div>
      <div className="ik-page" style={{ paddingTop: 16 }} role="tabpanel" aria-label={shown.label}>
        <shown.page key={shown.key} />
      </div>
    </>
  );
}
