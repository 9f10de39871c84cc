import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/** Logo, stamp and signature of a company: pictures by their content, which stay as they are for the documents that name them. */
export const billingCompanyImages: SchemaStep = {
  id: '20261130T1716-billing-company-images',
  async up(to) {
    await to.run(
      `create table company_image (
        hash text primary key, png blob not null, width bigint not null, height bigint not null, added_at_ms bigint not null)`,
      'alter table company add column logo text references company_image (hash)',
      'alter table company add column stamp text references company_image (hash)',
      'alter table company add column signature text references company_image (hash)',
    );
    await keepForEver(to);
  },
};

async function keepForEver(to: SchemaContext): Promise<void> {
  if (to.kind === 'sqlite') {
    const kept = `begin select raise(abort, 'pictures of documents never change'); end`;
    await to.run(
      `create trigger company_image_changed before update on company_image ${kept}`,
      `create trigger company_image_gone before delete on company_image ${kept}`,
    );
    return;
  }
  await to.run(
    `create function company_image_kept() returns trigger language plpgsql as $$
      begin
        raise exception 'pictures of documents never change' using errcode = 'restrict_violation';
      end $$`,
    `create trigger company_image_kept before update or delete on company_image for each row execute function company_image_kept()`,
  );
}
