import { useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, FormSection } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { CustomerField } from '../customers/customer-field.tsx';

/** Says which customer a VM belongs to. */
export function VmCustomerDialog({ vm, onClose }: { vm: VmDetail; onClose: () => void }) {
  const assign = useCommand('fleet.vmAssign');
  const [customerId, setCustomer] = useState(vm.customerId);
  return (
    <Dialog title={`Customer of ${vm.name}`} onClose={onClose}>
      <Form
        onSubmit={() =>
          void assign.run({ vmId: vm.id, customerId }).then((done) => {
            if (done) onClose();
          })
        }
        problem={assign.error ? <Note tone="bad">{assign.error.sentence}</Note> : null}
        foot={
          <>
            <Button
              type="submit"
              kind="primary"
              busy={assign.pending}
              reason={customerId === vm.customerId ? 'Nothing was changed.' : null}
            >
              Save
            </Button>
            <Button kind="ghost" onClick={onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <FormSection title="Whose it is" hint="Who uses it. Billing it is a subscription of that customer.">
          <div className="ik-wide">
            <CustomerField label="Customer" clearable value={customerId} onChange={setCustomer} />
          </div>
        </FormSection>
      </Form>
    </Dialog>
  );
}
