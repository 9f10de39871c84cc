import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import { BytesText } from '../../ui/figures.tsx';
import { Bar } from '../../ui/progress-bar.tsx';

/** A pool that is fuller than this is a problem of its host too. */
const FULL = 0.9;

function Active({ active }: { active: boolean }) {
  return active ? <>active</> : <span className="ik-warn">not active</span>;
}

/** Storage pools of a host. */
export function PoolTable({ pools }: { pools: HostFacts['pools'] }) {
  return (
    <section aria-label="Storage pools">
      <div className="ik-sub">
        <h3>Storage pools</h3>
      </div>
      {pools.length === 0 ? (
        <p className="ik-sm ik-t3">It has none: without a pool no disk can be made on it.</p>
      ) : (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 72 }} />
            <col style={{ width: 40 }} />
            <col style={{ width: 56 }} />
            <col style={{ width: 156 }} />
            <col />
          </colgroup>
          <thead>
            <tr>
              <th>Pool</th>
              <th>Type</th>
              <th>State</th>
              <th className="ik-num">Free</th>
              <th>Path</th>
            </tr>
          </thead>
          <tbody>
            {pools.map((pool) => {
              const used = pool.capacityBytes > 0 ? 1 - pool.availableBytes / pool.capacityBytes : 0;
              return (
                <tr key={pool.name}>
                  <td className="ik-med" title={pool.name}>
                    {pool.name}
                  </td>
                  <td>{pool.type}</td>
                  <td>
                    <Active active={pool.active} />
                  </td>
                  <td>
                    <span className="ik-row">
                      <Bar
                        thin
                        share={used}
                        tone={used > FULL ? 'warn' : undefined}
                        label={`${pool.name} used`}
                        width={24}
                      />
                      <span className="ik-tn ik-end">
                        <BytesText bytes={pool.availableBytes} /> <span className="ik-u">of</span>{' '}
                        <BytesText bytes={pool.capacityBytes} />
                      </span>
                    </span>
                  </td>
                  <td className="ik-t2 ik-wrap" title={pool.path}>
                    {pool.path}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Networks and bridges a VM can be plugged into. */
export function NetworkTable({ networks }: { networks: HostFacts['networks'] }) {
  return (
    <section aria-label="Networks">
      <div className="ik-sub">
        <h3>Networks</h3>
      </div>
      {networks.length === 0 ? (
        <p className="ik-sm ik-t3">
          It has neither a libvirt network nor a bridge: VMs made on it could reach nothing.
        </p>
      ) : (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 130 }} />
            <col style={{ width: 90 }} />
            <col style={{ width: 90 }} />
            <col style={{ width: 90 }} />
            <col />
          </colgroup>
          <thead>
            <tr>
              <th>Name</th>
              <th>Kind</th>
              <th>State</th>
              <th>Bridge</th>
              <th>Forward</th>
            </tr>
          </thead>
          <tbody>
            {networks.map((network) => (
              <tr key={`${network.kind} ${network.name}`}>
                <td className="ik-med">{network.name}</td>
                <td>{network.kind}</td>
                <td>
                  <Active active={network.active} />
                </td>
                <td>{network.bridge || <span className="ik-t3">–</span>}</td>
                <td>{network.forward || <span className="ik-t3">–</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
