// Pinecone's TypeScript SDK 9.0.0 judges the emulator at EMULATOR_URL: API version 2026-07.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Errors, Pinecone } from '@pinecone-database/pinecone';

const url = process.env.EMULATOR_URL;
const pc = new Pinecone({ apiKey: process.env.EMULATOR_KEY, controllerHostUrl: url });
const DAY = 24 * 60 * 60;

const steer = async (method, what, body) => {
  const headers = { 'X-Emulator-Control': '1' };
  const options = { method, headers, body: JSON.stringify(body) };
  assert.ok((await fetch(`${url}/_emulator/${what}`, options)).ok, what);
};
const freeze = () => steer('PUT', 'clock', { frozen: true });
const setTime = (now) => steer('PUT', 'clock', { now });
const advance = (seconds) => steer('PUT', 'clock', { advance: seconds });
const changeSettings = (settings) => steer('PUT', 'settings', settings);

const records = [1, 2, 3].map((n) => ({ id: `v${n}`, values: [n, 0.5, 1], metadata: { n } }));
const spec = { serverless: { cloud: 'aws', region: 'us-east-1' } };
const names = (list) => list.data.map((item) => item.name);

beforeEach(async () => {
  await steer('POST', 'reset');
  await pc.createIndex({ name: 'my-index', dimension: 3, metric: 'cosine', spec });
  await pc.index('my-index').namespace('one').upsert({ records });
});

test('create and describe a backup', async () => {
  await freeze();
  await changeSettings({ backup_seconds: 60 });

  const created = await pc.backups.create('my-index', { name: 'nightly', description: 'weekly backup' });
  await advance(60);
  const backup = await pc.backups.describe(created.backupId);

  assert.equal(created.status, 'Initializing');
  assert.equal(backup.status, 'Ready');
  assert.equal(backup.sourceIndexName, 'my-index');
  assert.deepEqual([backup.name, backup.description], ['nightly', 'weekly backup']);
  assert.deepEqual([backup.cloud, backup.region], ['aws', 'us-east-1']);
  assert.deepEqual([backup.recordCount, backup.namespaceCount], [3, 1]);
  assert.ok(backup.sizeBytes > 3 * 3 * 4);
  assert.equal(backup.schema.fields._values.dimension, 3);
  assert.deepEqual(backup.createdAt, created.createdAt);
});

test('an index made from a backup holds the same records', async () => {
  const { backupId } = await pc.backups.create('my-index');
  await freeze();
  await changeSettings({ restore_seconds: 60 });

  const options = { name: 'copy', tags: { restored: 'yes' }, deletionProtection: 'enabled' };
  const { restoreJobId, indexId } = await pc.backups.createIndex(backupId, options);
  const pending = await pc.restoreJobs.describe(restoreJobId);
  const waiting = await pc.describeIndex('copy');
  await advance(60);
  const completed = await pc.restoreJobs.describe(restoreJobId);
  const copy = await pc.describeIndex('copy');
  const stats = await pc.index('copy').describeIndexStats();
  const found = await pc.index('copy').namespace('one').fetch({ ids: ['v1', 'v2', 'v3'] });

  assert.deepEqual([pending.status, pending.percentComplete], ['Pending', undefined]);
  assert.deepEqual([waiting.status.ready, waiting.status.state], [false, 'Initializing']);
  assert.deepEqual([completed.status, completed.percentComplete], ['Completed', 100]);
  assert.deepEqual([completed.backupId, completed.targetIndexId], [backupId, indexId]);
  assert.ok(completed.completedAt > completed.createdAt);
  assert.equal(copy.status.ready, true);
  assert.equal(copy.deletionProtection, 'enabled');
  assert.deepEqual(copy.tags, { restored: 'yes' });
  assert.deepEqual(stats.namespaces, { one: { recordCount: 3 } });
  for (const { id, values, metadata } of records) {
    assert.deepEqual([found.records[id].values, found.records[id].metadata], [values, metadata]);
  }
});

test('backups are listed in pages, of the project and of an index', async () => {
  await pc.createIndex({ name: 'other', dimension: 2, metric: 'cosine', spec });
  for (const name of ['one', 'two']) await pc.backups.create('my-index', { name });
  await pc.backups.create('other', { name: 'three' });

  const first = await pc.backups.list({ limit: 2 });
  const paginationToken = first.pagination.next;
  const second = await pc.backups.list({ limit: 2, paginationToken });
  const full = await pc.backups.listByIndex('my-index', { limit: 2 });
  const empty = await pc.backups.listByIndex('my-index', { paginationToken: full.pagination.next });

  assert.deepEqual([names(first), names(second)], [['three', 'two'], ['one']]);
  assert.equal(second.pagination, undefined);
  assert.deepEqual([names(full), names(empty)], [['two', 'one'], []]);
});

test('the backups of a deleted index are found with includeDeleted', async () => {
  await pc.backups.create('my-index', { name: 'last' });
  await pc.deleteIndex('my-index');

  await assert.rejects(pc.backups.listByIndex('my-index'), Errors.PineconeNotFoundError);
  const found = await pc.backups.listByIndex('my-index', { includeDeleted: true });

  assert.deepEqual(names(found), ['last']);
  assert.ok(found.data[0].sourceIndexDeletedAt);
  assert.deepEqual(names(await pc.backups.list()), ['last']);
});

test('restore jobs are listed in pages', async () => {
  const { backupId } = await pc.backups.create('my-index');
  const made = [];
  for (const name of ['copy-1', 'copy-2', 'copy-3']) {
    made.unshift((await pc.backups.createIndex(backupId, { name })).restoreJobId);
  }

  const first = await pc.restoreJobs.list({ limit: 2 });
  const second = await pc.restoreJobs.list({ limit: 2, paginationToken: first.pagination.next });

  assert.deepEqual([...first.data, ...second.data].map((job) => job.restoreJobId), made);
});

test('delete a backup', async () => {
  const { backupId } = await pc.backups.create('my-index');

  await pc.backups.delete(backupId);

  await assert.rejects(pc.backups.describe(backupId), Errors.PineconeNotFoundError);
  assert.deepEqual((await pc.backups.list()).data, []);
});

test('errors are those that the SDK knows', async () => {
  const ready = (await pc.backups.create('my-index')).backupId;
  await changeSettings({ backup_seconds: 60, restore_seconds: 60, max_backups: 2 });
  const young = (await pc.backups.create('my-index')).backupId;
  await pc.backups.createIndex(ready, { name: 'copy' });
  const stranger = new Pinecone({ apiKey: 'wrong', controllerHostUrl: url });

  // The SDK has no error of its own for a 403, and tells nothing of a 404's message.
  const refused = (promise, name, message) => assert.rejects(promise, { name, message });
  await refused(stranger.backups.list(), 'PineconeAuthorizationError', /API key/);
  await refused(pc.backups.create('none'), 'PineconeNotFoundError', /status 404/);
  await refused(pc.backups.create('my-index'), 'PineconeBadRequestError', /Increase your quota/);
  await refused(
    pc.backups.createIndex(young, { name: 'more' }), 'PineconeFailedPreconditionError', /is not completed/);
  await refused(pc.backups.delete(ready), 'PineconeFailedPreconditionError', /pending restore jobs/);
  await refused(pc.backups.createIndex(ready, { name: 'my-index' }), 'PineconeConflictError', /exists/);
});

test('a schedule makes backups as days pass', async () => {
  await freeze();
  await setTime('2027-03-01T12:00:00Z');

  const options = { name: 'daily', frequency: 'daily', retentionDays: 2 };
  const made = await pc.backupSchedules.create('my-index', options);
  await advance(3 * DAY);
  const backups = await pc.backups.listByIndex('my-index');
  const history = await pc.backupSchedules.history(made.scheduleId);

  assert.deepEqual([made.enabled, made.frequency, made.retentionExpireAfterDays], [true, 'daily', 2]);
  assert.equal(backups.data.length, 2);
  assert.match(backups.data[0].name, /^daily-20270304T\d{6}Z$/);
  assert.deepEqual(history.data.map((row) => row.status), ['Scheduled', 'Ready', 'Ready']);
});

test('schedules are listed, changed and deleted', async () => {
  const options = { name: 'one', frequency: 'daily', retentionDays: 7 };
  const one = await pc.backupSchedules.create('my-index', options);
  await assert.rejects(
    pc.backupSchedules.create('my-index', { ...options, name: 'two' }), Errors.PineconeConflictError);

  const changed = await pc.backupSchedules.update(one.scheduleId, { frequency: 'monthly', retentionDays: 30 });
  const paused = await pc.backupSchedules.update(one.scheduleId, { enabled: false });
  await pc.backupSchedules.create('my-index', { ...options, name: 'two' });
  const first = await pc.backupSchedules.list('my-index', { limit: 1 });
  const second = await pc.backupSchedules.list('my-index', { paginationToken: first.pagination.next });
  await pc.backupSchedules.delete(one.scheduleId);

  assert.deepEqual([changed.frequency, changed.retentionExpireAfterDays], ['monthly', 30]);
  assert.deepEqual([paused.enabled, paused.nextScheduledRun ?? null], [false, null]);
  assert.deepEqual([...names(first), ...names(second)].sort(), ['one', 'two']);
  await assert.rejects(pc.backupSchedules.describe(one.scheduleId), Errors.PineconeNotFoundError);
  assert.deepEqual(names(await pc.backupSchedules.list('my-index')), ['two']);
});

test('empty namespaces and sparse vectors are kept by a restore', async () => {
  await pc.createIndex({ name: 'words', vectorType: 'sparse', metric: 'dotproduct', spec });
  const words = pc.index('words');
  const sparseValues = { indices: [7, 1], values: [0.5, 1] };
  await words.createNamespace({ name: 'empty', schema: { fields: { genre: { filterable: true } } } });
  await words.upsert({ records: [{ id: 'cat', sparseValues }] });

  const { backupId } = await pc.backups.create('words');
  await pc.backups.createIndex(backupId, { name: 'words-copy' });
  const copy = pc.index('words-copy'); // the SDK remembers where an index of a name is

  const { namespaces } = await copy.listNamespaces();
  assert.deepEqual(namespaces.map(({ name, recordCount }) => [name, Number(recordCount)]),
    [['__default__', 1], ['empty', 0]]);
  assert.deepEqual((await copy.describeNamespace('empty')).indexedFields.fields, ['genre']);
  assert.deepEqual((await copy.fetch({ ids: ['cat'] })).records.cat.sparseValues, sparseValues);
  const { matches } = await copy.query({ sparseVector: sparseValues, topK: 5 });
  assert.deepEqual(matches.map(({ id, score }) => [id, score]), [['cat', 1.25]]);
  await copy.deleteNamespace('empty');
  await assert.rejects(copy.describeNamespace('empty'), Errors.PineconeNotFoundError);
});
