import { useForm } from '@mantine/form';
import { RATE_CLASSES, SUPPLY_KINDS } from '../../../shared/domains/billing/supply-rules.ts';
import type { ProductRow } from '../../../shared/domains/catalog/catalog-contract.ts';
import {
  PRODUCT_KINDS,
  USUAL_SUPPLY_OF,
  type ProductKind,
} from '../../../shared/domains/catalog/product-rules.ts';
import { productVat, type ProductVat } from '../../../shared/domains/catalog/product-vat.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form, FormSection, SelectField, TextField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { toast } from '../../ui/toast.ts';
import { KIND_WORDS, RATE_WORDS, SUPPLY_HINTS, SUPPLY_WORDS } from './product-words.ts';

type Draft = ProductVat & { name: string; kind: ProductKind; description: string };

const options = <Value extends string>(values: readonly Value[], words: Readonly<Record<Value, string>>) =>
  values.map((value) => ({ value, label: words[value] }));

const USUAL: Draft = {
  name: '',
  kind: 'vps',
  description: '',
  supply: 'electronic-service',
  rateClass: 'standard',
  exemptReason: '',
  exemptCode: '',
};

/** What is no exemption has no reason, and what is one no rate. */
function vatOf({ supply, rateClass, exemptReason, exemptCode }: Draft): ProductVat {
  return supply === 'exempt'
    ? { supply, rateClass: 'standard', exemptReason: exemptReason.trim(), exemptCode: exemptCode.trim() }
    : { supply, rateClass, exemptReason: '', exemptCode: '' };
}

/** A new product, or how VAT takes one that is there. */
export function ProductDialog({ product, onClose }: { product: ProductRow | null; onClose: () => void }) {
  const environment = useEnvironmentName();
  const create = useCommand('catalog.productCreate');
  const set = useCommand('catalog.productVatSet');
  const form = useForm<Draft>({
    mode: 'controlled',
    initialValues: product
      ? { name: product.name, kind: product.kind, description: product.description, ...product.vat }
      : USUAL,
    validateInputOnBlur: true,
    validate: {
      name: (name) => (name.trim() === '' ? 'Write what it is called' : null),
      exemptReason: (reason, { supply }) =>
        supply === 'exempt' && reason.trim() === ''
          ? 'Write the reason with the article of the law: invoices must give it'
          : null,
      exemptCode: (code, { supply }) =>
        supply !== 'exempt' || productVat.shape.exemptCode.safeParse(code).success
          ? null
          : 'A code such as VATEX-EU-132-1I, or nothing',
    },
  });
  const draft = useFormDraft(form, product ? `product-vat-${product.id}` : 'product', {
    seen: product?.vat ?? null,
  });
  const values = form.getValues();
  const run = product ? set : create;
  const submit = form.onSubmit(async (typed) => {
    const { name, kind, description } = typed;
    const vat = vatOf(typed);
    const done = product
      ? await set.run({ productId: product.id, vat, ...(draft.seen !== null && { before: draft.seen }) })
      : await create.run({ name, kind, description, vat });
    if (!done) return;
    draft.clear();
    toast('ok', product ? 'VAT set' : 'Product made', name.trim());
    onClose();
  });
  return (
    <Dialog
      title={product ? `VAT of ${product.name}` : 'New product'}
      environment={environment}
      onClose={onClose}
    >
      <Form
        onSubmit={submit}
        problem={run.error ? <Note tone="bad">{run.error.sentence}</Note> : undefined}
        foot={
          <>
            <Button type="submit" kind="primary" busy={run.pending}>
              {product ? 'Set the VAT' : 'Make the product'}
            </Button>
            <Button kind="ghost" onClick={onClose}>
              Cancel
            </Button>
          </>
        }
      >
        {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
        {product ? null : (
          <FormSection title="What is sold">
            <TextField label="Name" required data-autofocus {...form.getInputProps('name')} />
            <SelectField
              label="Kind"
              allowDeselect={false}
              data={options(PRODUCT_KINDS, KIND_WORDS)}
              {...form.getInputProps('kind')}
              onChange={(kind) => {
                const chosen = PRODUCT_KINDS.find((one) => one === kind);
                if (chosen) form.setValues({ kind: chosen, supply: USUAL_SUPPLY_OF[chosen] });
              }}
            />
            <div className="ik-wide">
              <TextField label="Description" maxLength={400} {...form.getInputProps('description')} />
            </div>
          </FormSection>
        )}
        <FormSection
          title="VAT"
          hint="Of invoices from now on: what is issued stays, and a previewed run is previewed again."
        >
          <SelectField
            label="It is taxed as"
            description={SUPPLY_HINTS[values.supply]}
            allowDeselect={false}
            data={options(SUPPLY_KINDS, SUPPLY_WORDS)}
            {...form.getInputProps('supply')}
          />
          {values.supply === 'exempt' ? (
            <>
              <TextField
                label="Reason"
                description="As invoices give it, with the article of the law"
                required
                maxLength={200}
                placeholder="education, Art. 132(1)(i), directive 2006/112/EC"
                {...form.getInputProps('exemptReason')}
              />
              <TextField
                label="Code"
                description="Of the VATEX list, for electronic invoices"
                placeholder="VATEX-EU-132-1I"
                {...form.getInputProps('exemptCode')}
              />
            </>
          ) : (
            <SelectField
              label="Rate"
              description="Of the seller’s country, where its law has it for this"
              allowDeselect={false}
              data={options(RATE_CLASSES, RATE_WORDS)}
              {...form.getInputProps('rateClass')}
            />
          )}
        </FormSection>
      </Form>
    </Dialog>
  );
}
