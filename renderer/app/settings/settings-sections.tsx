import { lazy } from 'react';
import type { ComponentType } from 'react';

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
    page: lazy(() =>
      import('../../domains/system/environment-settings.tsx').then((loaded) => ({
        default: loaded.EnvironmentSettings,
      })),
    ),
  },
  {
    key: 'company',
    label: 'Companies',
    page: lazy(() =>
      import('../../domains/companies/companies-settings.tsx').then((loaded) => ({
        default: loaded.CompaniesSettings,
      })),
    ),
  },
  {
    key: 'people',
    label: 'People',
    page: lazy(() =>
      import('../../domains/access/people-settings.tsx').then((loaded) => ({
        default: loaded.PeopleSettings,
      })),
    ),
  },
  {
    key: 'store',
    label: 'Store and backup',
    page: lazy(() =>
      import('../../domains/system/store-settings.tsx').then((loaded) => ({ default: loaded.StoreSettings })),
    ),
  },
  {
    key: 'about',
    label: 'About',
    page: lazy(() =>
      import('../../domains/system/about-settings.tsx').then((loaded) => ({ default: loaded.AboutSettings })),
    ),
  },
];
