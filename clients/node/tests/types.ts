// Is not run: tsc checks it against lib/index.d.ts. What is marked must be an error.
import {
  Client, Cursor, CursorFile, errors, newId, readConfig, remote, verifyExport, verifyLines,
  type Config, type Draft, type Event, type Outcome, type Published, type Tip,
} from 'samenbus';

const config: Config = readConfig('client.yaml');
const client = new Client(config);

const draft: Draft = {
  id: newId(), topic: 'decision/duoplus', audience: ['GM0437'],
  proposal: { decisionId: newId(), title: 'Regeling', participants: ['GM0384'], rule: 'consent_all', weights: { GM0384: 1 } },
};
// @ts-expect-error: a draft has a topic
const noTopic: Draft = { custom: { contentType: 'text/plain' } };
// @ts-expect-error: there is no such field
const noField: Draft = { topic: 'custom/x', custom: { contentType: 'text/plain', datum: '' } };

export async function publish(): Promise<string> {
  try {
    const place: Published = await client.publish(draft, { ack: remote(1), timeoutMs: 1000 });
    await client.publish(draft, { ack: 'remote:2' });
    // @ts-expect-error: no such acknowledgement
    await client.publish(draft, { ack: 'everybody' });
    return `${place.epoch} ${place.seq}`;
  } catch (error) {
    if (error instanceof errors.UnknownOutcome || error instanceof errors.Quota) {
      return `${error.code} ${error.number} ${error.text}`;
    }
    return error instanceof errors.Fault ? error.where : 'other';
  }
}

export async function publishMany(drafts: AsyncIterable<Draft>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for await (const outcome of client.publishMany(drafts, { window: 64 })) {
    outcomes.push(outcome);
  }
  return outcomes;
}

export async function read(): Promise<void> {
  const cursor = new CursorFile('decisions.cursor');
  const events = client.subscribe(['decision/'], { cursor, follow: true, window: 100, patienceMs: null });
  for await (const event of events) {
    const one: Event = event;
    const tip: Tip = one.tip;
    console.log(one.origin, one.topic ?? '-', one.type, tip.counter, String(one));
    if (one.type === 'proposal') {
      const title: string | undefined = one.content.title;
      console.log(title, one.content.weights?.['GM0384']);
    } else if (one.type === 'custom') {
      console.log(one.content.data?.length);
    } else if (one.type === null) {
      console.log(one.state);
    }
    // @ts-expect-error: which content it is has not been asked
    console.log(one.content.title);
    events.ack(event);
  }
  // @ts-expect-error: there is no such option
  client.subscribe([], { fromOffsets: 1 });
  console.log(Cursor.read(cursor.text()).at?.offset, cursor.path);
}

export async function consume(): Promise<void> {
  const events = await client.consume('archive', ['decision/'], { liveOnly: true, patienceMs: null });
  for await (const event of events) {
    await events.ack(event);
  }
  // @ts-expect-error: filters are given by themselves
  await client.consume('archive', 'decision/');
}

export async function verify(): Promise<string[]> {
  const file: Buffer = await client.export('GM0384');
  const { faults } = verifyExport(file);
  await client.close();
  return [...verifyLines([file]), ...faults.map((fault) => fault.code)];
}
