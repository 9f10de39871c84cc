import './companies.css';
import { useRef, useState } from 'react';
import IconPhotoUp from '@tabler/icons-react/dist/esm/icons/IconPhotoUp.mjs';
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import type { CompanyImage } from '../../../shared/domains/companies/companies-contract.ts';
import {
  COMPANY_IMAGE_WORDS,
  COMPANY_IMAGES,
  imageFault,
  imageFaultWords,
  type CompanyImageKind,
} from '../../../shared/domains/companies/company-image-rules.ts';
import { toBase64 } from '../../client/byte-feed.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';

const TITLES: Readonly<Record<CompanyImageKind, { readonly title: string; readonly where: string }>> = {
  logo: { title: 'Logo', where: 'beside your name, at the top of the first page' },
  stamp: { title: 'Stamp', where: 'at the end, by “issued by”' },
  signature: { title: 'Signature', where: 'at the end, beside the stamp' },
};

/** One of the three: what is printed now, or that there is none, with the ways to change it. */
function ImageSlot(props: { companyId: string; kind: CompanyImageKind; image: CompanyImage | undefined }) {
  const { companyId, kind, image } = props;
  const { title, where } = TITLES[kind];
  const words = COMPANY_IMAGE_WORDS[kind];
  const may = useMay('billing.write');
  const set = useCommand('companies.companyImageSet');
  const remove = useCommand('companies.companyImageRemove');
  const [fault, setFault] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const chooser = useRef<HTMLButtonElement>(null);
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    // Looked at here first, by the rule that then decides: a file of many megabytes is refused without being sent.
    const bytes = new Uint8Array(await file.arrayBuffer());
    const found = imageFault(bytes);
    setFault(found === undefined ? null : imageFaultWords(kind, found));
    if (found !== undefined) return;
    if (!(await set.run({ companyId, kind, base64: toBase64(bytes) }))) return;
    toast('ok', `${title} set`, 'It stands on what is issued from now on; what was issued stays as it is.');
  };
  const takeAway = async (): Promise<void> => {
    setFault(null);
    if (!(await remove.run({ companyId, kind }))) return;
    // The button that was pressed goes with the picture.
    chooser.current?.focus();
    toast('ok', `${title} removed`, 'Documents that were issued with it keep it.');
  };
  const problem = fault ?? set.error?.sentence ?? remove.error?.sentence;
  return (
    <section className="ik-cimg" aria-label={title}>
      <h3 className="ik-sm ik-med">{title}</h3>
      <p className="ik-xs ik-t3">{where}</p>
      <div className="ik-cimg-sheet" data-empty={image === undefined ? '' : undefined}>
        {image === undefined ? (
          <span className="ik-xs ik-t3">None</span>
        ) : (
          <img src={`data:image/png;base64,${image.base64}`} alt={`The ${words} as it is printed`} />
        )}
      </div>
      <input
        ref={input}
        type="file"
        accept="image/png,.png"
        hidden
        aria-label={`File of the ${words}`}
        onChange={(event) => {
          void take(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
      <p className="ik-row">
        <ActionButton
          ref={chooser}
          size="sm"
          icon={IconPhotoUp}
          busy={set.pending}
          reason={may}
          label={image === undefined ? `Choose the ${words}` : `Replace the ${words}`}
          onClick={() => {
            input.current?.click();
          }}
        >
          {image === undefined ? 'Choose…' : 'Replace…'}
        </ActionButton>
        {image === undefined ? null : (
          <ActionButton
            kind="ghost"
            size="sm"
            icon={IconTrash}
            busy={remove.pending}
            reason={may}
            label={`Remove the ${words}`}
            onClick={() => {
              void takeAway();
            }}
          >
            Remove
          </ActionButton>
        )}
        {image === undefined ? null : (
          <span className="ik-xs ik-t3 ik-tn">
            {image.width} × {image.height}
          </span>
        )}
      </p>
      {problem === undefined ? null : <Note tone="bad">{problem}</Note>}
    </section>
  );
}

/** Logo, stamp and signature of a company, as they are printed on what it issues from now on. */
export function CompanyImages({ companyId }: { companyId: string }) {
  const found = useQuery('companies.companyImageList', { companyId }, { topics: ['company'] });
  return (
    <Panel
      title="Pictures on documents"
      meta="PNG, 1 MiB and 4 million pixels at most; what was issued keeps its own"
      pad
    >
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!found.data && !found.error ? <Skeleton rows={3} /> : null}
      {found.data ? (
        <div className="ik-cimgs">
          {COMPANY_IMAGES.map((kind) => (
            <ImageSlot
              key={kind}
              companyId={companyId}
              kind={kind}
              image={found.data?.images.find((image) => image.kind === kind)}
            />
          ))}
        </div>
      ) : null}
    </Panel>
  );
}
