import postgres from 'postgres';
import { expect, inject, test } from 'vitest';

test('the suite has a real PostgreSQL of version 15 or newer', async () => {
  const sql = postgres(inject('postgresUrl'), { max: 1 });
  const [row] = await sql`select current_setting('server_version_num')::int as version`;
  expect(row?.['version']).toBeGreaterThanOrEqual(150000);
  await sql.end();
});
