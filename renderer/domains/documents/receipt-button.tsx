import { useLocation } from 'wouter';
import IconReceipt from '@tabler/icons-react/dist/esm/icons/IconReceipt.mjs';
import { useEffect } from 'react';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { toast } from '../../ui/toast.ts';

/** The receipt of a payment: made the first time, opened after that. */
export function ReceiptButton({ paymentId, reason }: { paymentId: string; reason: string | null }) {
  const [, navigate] = useLocation();
  const may = useMay('billing.write');
  const issue = useCommand('documents.receiptIssue');
  const sentence = issue.error?.sentence;
  useEffect(() => {
    if (sentence !== undefined) toast('bad', 'No receipt was made', sentence);
  }, [sentence]);
  const open = async (): Promise<void> => {
    const made = await issue.run({ paymentId });
    if (made) navigate(`/documents/${made.documentId}`);
  };
  return (
    <ActionButton icon={IconReceipt} busy={issue.pending} reason={may ?? reason} onClick={() => void open()}>
      Receipt
    </ActionButton>
  );
}
