import './first-run.css';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import IconDatabase from '@tabler/icons-react/dist/esm/icons/IconDatabase.mjs';
import IconFlask from '@tabler/icons-react/dist/esm/icons/IconFlask.mjs';
import IconServer2 from '@tabler/icons-react/dist/esm/icons/IconServer2.mjs';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';

const JOIN = 'npm start -- --store postgres://USER@SERVER/innkeeper';

/** Goes on to the overview once the store is not empty any more: before it says so, the overview would send the person back here. */
function useLeaveWhenFilled(navigate: (path: string) => void): { isEmpty: boolean | undefined } {
  const about = useQuery('system.about', {}, { topics: ['environment', 'host'] });
  const isEmpty = about.data?.firstRun;
  const wasEmpty = useRef(false);
  useEffect(() => {
    if (isEmpty) wasEmpty.current = true;
    else if (isEmpty === false && wasEmpty.current) navigate('/');
  }, [isEmpty, navigate]);
  return { isEmpty };
}

/** An empty store: three doors. */
export function FirstRunPage() {
  const [, navigate] = useLocation();
  const { isEmpty } = useLeaveWhenFilled(navigate);
  const practice = useCommand('system.practiceOpen');
  const [joining, setJoining] = useState(false);
  return (
    <>
      <PageHead
        title="Welcome"
        meta={
          isEmpty === false
            ? 'This store is in use already.'
            : 'This store is empty. Where do you want to begin?'
        }
      />
      <div className="ik-page">
        <div className="ik-doors">
          <Panel>
            <div className="ik-door">
              <IconServer2 size={24} aria-hidden />
              <h2>Connect a hypervisor</h2>
              <p>
                A host with libvirt and KVM, over SSH. Its VMs show as they are; nothing is changed on it.
              </p>
              <Button
                kind="primary"
                size="lg"
                onClick={() => {
                  navigate('/hosts/new');
                }}
              >
                Connect a host
              </Button>
            </div>
          </Panel>
          <Panel>
            <div className="ik-door">
              <IconFlask size={24} aria-hidden />
              <h2>Open the practice fleet</h2>
              <p>
                Three simulated hosts with 60 VMs that boot, work and crash, to look around without any risk.
              </p>
              <Button
                size="lg"
                busy={practice.pending}
                onClick={() => void practice.run({ hosts: 3, vms: 60 })}
              >
                {practice.pending ? 'Starting…' : 'Open practice'}
              </Button>
              {practice.error ? <Note tone="bad">{practice.error.sentence}</Note> : null}
            </div>
          </Panel>
          <Panel>
            <div className="ik-door">
              <IconDatabase size={24} aria-hidden />
              <h2>Join a team’s store</h2>
              <p>Several people on one PostgreSQL database see the same hosts, tasks and invoices.</p>
              <Button
                size="lg"
                aria-expanded={joining}
                onClick={() => {
                  setJoining(!joining);
                }}
              >
                How to join
              </Button>
              {joining ? (
                <div className="ik-sm">
                  <p className="ik-t2">
                    Start Innkeeper with the address of the store; your administrator knows it.
                  </p>
                  <div className="ik-row">
                    <code className="ik-q ik-grow">{JOIN}</code>
                    <CopyButton text={JOIN} />
                  </div>
                </div>
              ) : null}
            </div>
          </Panel>
        </div>
      </div>
    </>
  );
}
