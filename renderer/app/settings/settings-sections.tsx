import type { ComponentType } from 'react';
import { latePage } from '../../ui/late-page.tsx';

export interface SettingsSection {
  key: string;
  label: string;
  page: ComponentType;
}

/** Sections of the settings; a domain's section is one line here. */
export const settingsSections: readonly SettingsSection[] = [
  {
    key: 'environment',
    label: 'Environment',
    page: latePage(() => import('../../domains/system/environment-settings.tsx'), 'EnvironmentSettings'),
  },
  {
    key: 'company',
    label: 'Companies',
    page: latePage(() => import('../../domains/companies/companies-settings.tsx'), 'CompaniesSettings'),
  },
  {
    key: 'people',
    label: 'People',
    page: latePage(() => import('../../domains/access/people-settings.tsx'), 'PeopleSettings'),
  },
  {
    key: 'store',
    label: 'Store and backup',
    page: latePage(() => import('../../domains/system/store-settings.tsx'), 'StoreSettings'),
  },
  {
    key: 'about',
    label: 'About',
    page: latePage(() => import('../../domains/system/about-settings.tsx'), 'AboutSettings'),
  },
];
