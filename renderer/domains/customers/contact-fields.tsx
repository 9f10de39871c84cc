import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import { Button } from '../../ui/button.tsx';
import { FormSection, SelectField, TextField } from '../../ui/form-field.tsx';
import type { ProfileForm } from './billing-profile-page.tsx';

const ROLES = [
  { value: 'billing', label: 'Billing' },
  { value: 'technical', label: 'Technical' },
];
const LANGUAGES = [
  { value: 'en', label: 'English' },
  { value: 'pl', label: 'Polish' },
  { value: 'cs', label: 'Czech' },
];

/** Whom to write to and call: about invoices, and about the machines. */
export function ContactFields({ form }: { form: ProfileForm }) {
  const { contacts } = form.getValues();
  return (
    <FormSection title="Contacts" hint="About invoices, and about the machines.">
      {contacts.map((_, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- rows are only added at the end and taken out whole
        <div className="ik-wide ik-fields" key={at} role="group" aria-label={`Contact ${at + 1}`}>
          <TextField label="Name" {...form.getInputProps(`contacts.${at}.name`)} />
          <SelectField
            label="For"
            data={ROLES}
            allowDeselect={false}
            {...form.getInputProps(`contacts.${at}.role`)}
          />
          <TextField label="E-mail" {...form.getInputProps(`contacts.${at}.email`)} />
          <TextField
            label="Telephone"
            placeholder="+48 22 123 45 67"
            {...form.getInputProps(`contacts.${at}.phone`)}
          />
          <SelectField
            label="Language"
            data={LANGUAGES}
            allowDeselect={false}
            {...form.getInputProps(`contacts.${at}.language`)}
          />
          <div className="ik-row">
            <Button
              kind="ghost"
              size="sm"
              icon={IconTrash}
              onClick={() => {
                form.removeListItem('contacts', at);
              }}
            >
              Remove contact {at + 1}
            </Button>
          </div>
        </div>
      ))}
      <div className="ik-wide">
        <Button
          size="sm"
          icon={IconPlus}
          onClick={() => {
            form.insertListItem('contacts', {
              role: 'billing',
              name: '',
              email: '',
              phone: '',
              language: 'en',
            });
          }}
        >
          Add a contact
        </Button>
      </div>
    </FormSection>
  );
}
