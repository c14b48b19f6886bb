// Scenarios with @platformatic/kafka: `scenarios.mjs BOOTSTRAP SCENARIO` prints one JSON line per step.
//
// A line holds only what any correct broker must answer alike. Each scenario has topics and groups of its own.

import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'

const [bootstrap, scenario] = process.argv.slice(2)
const prefix = `platformatic-${scenario.replaceAll('_', '-')}`
// Recent, because a broker may delete what is older than its retention at any moment; printed times are relative to it.
const T0 = BigInt(Math.floor(Date.now() / 1000 - 3600) * 1000)
const PATIENCE_MS = 40_000
const TOPIC = 2

const base = { clientId: 'platformatic', bootstrapBrokers: [bootstrap], retries: 3, retryDelay: 100 }
const admin = new Admin(base)
const plain = value => JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? Number(v) : v)))
const out = (step, fields) => console.log(JSON.stringify(plain({ step, ...fields })))
const sleep = ms => new Promise(done => setTimeout(done, ms))

/** The names of the protocol's errors inside, or the client's own code. */
function errorNames(error) {
  const inner = [...(error.errors ?? []), ...(error.cause ? [error.cause] : [])].flatMap(errorNames)
  const own = error.apiId ? [error.apiId] : []
  const names = [...new Set([...own, ...inner])]
  const named = names.filter(name => !name.startsWith('PLT_') && name === name.toUpperCase())
  return named.length ? named : [error.code ?? error.name]
}

async function attempt(step, call) {
  try {
    out(step, { value: (await call()) ?? null })
  } catch (error) {
    out(step, { error: errorNames(error).sort() })
  }
}

async function create(topic, partitions = 1, configs = []) {
  await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs })
  // Kafka's controller answers before its broker knows: without this moment, a scenario would record that race.
  await sleep(300)
  return topic
}

const producer = (settings = {}) => new Producer({ ...base, serializers: stringSerializers, ...settings })

const consumer = (settings = {}) =>
  new Consumer({
    ...base, groupId: `${prefix}-group`, deserializers: stringDeserializers, sessionTimeout: 6000, heartbeatInterval: 300,
    rebalanceTimeout: 6000, maxWaitTime: 100, autocommit: false, ...settings,
  })

const numbered = (topic, count, partition = 0) =>
  Array.from({ length: count }, (_, i) => ({ topic, partition, key: `k${i}`, value: `v${i}`, timestamp: T0 + BigInt(i * 1000) }))

const byPlace = (a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset)

async function produce(client, messages, settings = {}) {
  const { offsets } = await client.send({ messages, ...settings })
  return (offsets ?? []).map(({ partition, offset }) => [partition, offset]).sort((a, b) => a[0] - b[0])
}

function described({ partition, offset, timestamp, key, value, headers }) {
  return { partition, offset, timestamp: timestamp - T0, key: key ?? null, value: value ?? null, headers: [...headers] }
}

const place = ({ partition, offset }) => [partition, offset]

async function until(what, condition) {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still waiting: ${what()}`)
    await sleep(20)
  }
}

/** A stream of records that can be read a few at a time. */
async function reading(client, topic, settings = {}) {
  const stream = await client.consume({ topics: [topic], mode: 'earliest', ...settings })
  const got = []
  let failure
  stream.on('data', message => got.push(message))
  stream.on('error', error => (failure = error))
  const read = async count => {
    await until(() => `${got.length} of ${count} records`, () => failure || got.length >= count)
    if (failure) throw failure
    return got.splice(0).sort(byPlace)
  }
  // The stream first: the client ends the process when it is closed under a fetch.
  const leave = async () => {
    await stream.close()
    await client.close()
  }
  return { read, leave }
}

async function readAll(topic, count, settings = {}) {
  const one = await reading(consumer({ groupId: `${prefix}-reader-${Math.random()}` }), topic, settings)
  return one.read(count)
}

async function assigned(client) {
  return (client.assignments ?? []).flatMap(one => one.partitions).sort()
}

const scenarios = {
  async codecs() {
    const client = producer()
    for (const compression of ['none', 'gzip', 'snappy', 'lz4']) {
      const topic = await create(`${prefix}-${compression}`)
      const messages = [...numbered(topic, 5), { topic, partition: 0, key: 'big', value: 'x'.repeat(20_000), timestamp: T0 }]
      out(`produced ${compression}`, { acks: await produce(client, messages, { compression }) })
      const records = await readAll(topic, 6)
      out(`consumed ${compression}`, { records: records.slice(0, 5).map(described), big: records[5].value.length })
    }
  },

  async headers() {
    const topic = await create(prefix)
    const messages = [
      { key: 'a', value: 'both', headers: { h: '1', other: '3' } },
      { key: 'b', value: 'empty header', headers: { empty: '' } },
      { key: 'c', value: 'no headers' },
      { value: 'no key' },
      { key: '', value: '' },
      { key: 'ключ', value: 'значение', headers: { имя: 'значение' } },
    ].map((message, i) => ({ ...message, topic, partition: 0, timestamp: T0 + BigInt(i) }))
    out('produced', { acks: await produce(producer(), messages) })
    for (const record of await readAll(topic, messages.length)) out(`record ${record.offset}`, described(record))
  },

  async partitions() {
    const topic = await create(prefix, 3)
    const keyed = Array.from({ length: 12 }, (_, i) => ({ topic, key: `key-${i}`, value: `v${i}` }))
    out('by key', { acks: await produce(producer(), keyed) })
    out('consumed', { records: (await readAll(topic, 12)).map(one => [...place(one), one.key]) })
  },

  async offsets() {
    const topic = await create(prefix)
    const list = timestamp => admin.listOffsets({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }] })
    const show = found => found[0].partitions.map(p => ({ ...p, timestamp: p.timestamp > 0n ? p.timestamp - T0 : p.timestamp }))
    for (const when of ['empty', 'five']) {
      for (const special of [-1n, -2n, -3n, -4n, -5n]) await attempt(`${when}, ${special}`, async () => show(await list(special)))
      if (when === 'empty') await produce(producer(), numbered(topic, 5))
    }
    for (const at of [-1000n, 0n, 1500n, 4000n, 4001n]) await attempt(`at ${at}`, async () => show(await list(T0 + at)))
    await attempt('of nothing', async () => admin.listOffsets({
      topics: [{ name: `${prefix}-nothing`, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    }))
  },

  async acks() {
    const topic = await create(prefix)
    const client = producer()
    for (const acks of [0, 1, -1]) {
      const answers = await produce(client, numbered(topic, 2), { acks })
      out(`acks ${acks}`, { acks: acks === 0 ? 'sent' : answers })
      await sleep(300)
    }
    out('consumed', { records: (await readAll(topic, 6)).map(described) })
  },

  async idempotent() {
    const topic = await create(prefix, 2)
    const client = producer({ idempotent: true, acks: -1 })
    const acks = []
    for (let i = 0; i < 20; i++) acks.push(...(await produce(client, numbered(topic, 3, i % 2))))
    out('produced', { acks })
    out('consumed', { places: (await readAll(topic, 60)).map(place) })
  },

  async too_large() {
    const topic = await create(prefix)
    const client = producer({ retries: 0 })
    const sized = (topic, size) => () => produce(client, [{ topic, partition: 0, value: 'x'.repeat(size) }])
    await attempt('2 MB', sized(topic, 2_000_000))
    await attempt('900 KB', sized(topic, 900_000))
    const small = await create(`${prefix}-small`, 1, [{ name: 'max.message.bytes', value: '1000' }])
    await attempt('small topic', sized(small, 2000))
    await attempt('fits', sized(small, 200))
  },

  async modes() {
    const topic = await create(prefix)
    await produce(producer(), numbered(topic, 10))
    out('earliest', { places: (await readAll(topic, 10)).map(place) })
    const manual = { mode: 'manual', offsets: [{ topic, partition: 0, offset: 7n }] }
    out('the middle of a batch', { places: (await readAll(topic, 3, manual)).map(place) })
    const late = await reading(consumer(), topic, { mode: 'latest' })
    await sleep(500)
    await produce(producer(), numbered(topic, 1))
    out('latest', { places: (await late.read(1)).map(place) })
  },

  async out_of_range() {
    const topic = await create(prefix)
    await produce(producer(), numbered(topic, 3))
    const manual = { mode: 'manual', offsets: [{ topic, partition: 0, offset: 1000n }] }
    await attempt('beyond the end', async () => (await readAll(topic, 1, manual)).map(place))
  },

  async auto_create() {
    const messages = [{ topic: prefix, value: 'made it', timestamp: T0 }]
    out('produced', { acks: await produce(producer({ autocreateTopics: true }), messages) })
    await attempt('not allowed', () => produce(producer({ retries: 0 }), [{ topic: `${prefix}-not`, value: 'x' }]))
    await sleep(300)
    out('listed', { names: (await admin.listTopics()).filter(name => name.startsWith(prefix)).sort() })
  },

  async topic_errors() {
    const create = (topic, settings = {}) => async () =>
      (await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1, ...settings })).map(t => [t.name, t.partitions, t.replicas])
    await attempt('create', create(prefix))
    await attempt('create again', create(prefix))
    await attempt('bad name', create('not/a name'))
    await attempt('long name', create('n'.repeat(250)))
    await attempt('three replicas', create(`${prefix}-three`, { replicas: 3 }))
    await attempt('default partitions and replicas', create(`${prefix}-default`, { partitions: -1, replicas: -1 }))
    await attempt('unknown config', create(`${prefix}-c`, { configs: [{ name: 'no.such.setting', value: '1' }] }))
    await attempt('bad config', create(`${prefix}-c`, { configs: [{ name: 'retention.ms', value: 'soon' }] }))
    await sleep(300)
    out('listed', { names: (await admin.listTopics()).filter(name => name.startsWith(prefix)).sort() })
    await attempt('delete', () => admin.deleteTopics({ topics: [prefix] }))
    await attempt('delete nothing', () => admin.deleteTopics({ topics: [`${prefix}-nothing`] }))
    await attempt('metadata of nothing', () => admin.metadata({ topics: [`${prefix}-nothing`] }))
  },

  async describe() {
    const topic = await create(prefix, 3)
    const { id, brokers, controllerId, topics } = await admin.metadata({ topics: [topic] })
    out('cluster', { id_length: id.length, brokers: [...brokers.values()].map(b => b.host), controls: brokers.has(controllerId) })
    topics.get(topic).partitions.forEach((p, i) => out(`partition ${i}`, {
      leads: p.leader === p.replicas[0], epoch: p.leaderEpoch, replicas: p.replicas.length, isr: p.isr.length, offline: p.offlineReplicas.length,
    }))
  },

  async configs() {
    const topic = await create(prefix, 1, [{ name: 'retention.ms', value: '3600000' }])
    const of = resourceName => ({
      resources: [{ resourceType: TOPIC, resourceName, configurationKeys: ['retention.ms', 'cleanup.policy', 'max.message.bytes'] }],
      includeSynonyms: true, includeDocumentation: false,
    })
    const [found] = await admin.describeConfigs(of(topic))
    for (const entry of found.configs.sort((a, b) => (a.name < b.name ? -1 : 1))) out(entry.name, { entry })
    await attempt('of nothing', () => admin.describeConfigs(of(`${prefix}-nothing`)))
  },

  async recreate() {
    const topic = await create(prefix)
    await produce(producer(), numbered(topic, 3))
    await admin.deleteTopics({ topics: [topic] })
    await sleep(300)
    await create(topic)
    out('produced', { acks: await produce(producer(), numbered(topic, 2)) })
    out('consumed', { places: (await readAll(topic, 2)).map(place) })
  },

  async group_resumes() {
    const topic = await create(prefix, 2)
    const client = producer()
    await produce(client, numbered(topic, 5, 0))
    await produce(client, numbered(topic, 5, 1))
    const first = consumer()
    const stream = await reading(first, topic)
    out('first', { places: (await stream.read(10)).map(place) })
    await first.commit({ offsets: [{ topic, partition: 0, offset: 3n, leaderEpoch: 0 }, { topic, partition: 1, offset: 5n, leaderEpoch: 0 }] })
    const committed = await first.listCommittedOffsets({ topics: [{ topic, partitions: [0, 1] }] })
    out('committed', { offsets: committed.get(topic) })
    await stream.leave()
    const second = await reading(consumer(), topic, { mode: 'committed', fallbackMode: 'fail' })
    out('resumed', { places: (await second.read(2)).map(place) })
    await produce(client, numbered(topic, 1, 1))
    out('live', { places: (await second.read(1)).map(place) })
  },

  async group_of_two() {
    const topic = await create(prefix, 4)
    const [first, second] = [consumer(), consumer()]
    await reading(first, topic)
    out('alone', { assigned: await assigned(first) })
    const stream = await reading(second, topic)
    const both = async () => [await assigned(first), await assigned(second)]
    await until(() => 'both', async () => (await both()).every(one => one.length === 2))
    out('together', { all: (await both()).flat().sort() })
    await stream.leave()
    await until(() => 'one', async () => (await assigned(first)).length === 4)
    out('after one left', { assigned: await assigned(first) })
  },

  async group_static() {
    const topic = await create(prefix, 2)
    await reading(consumer({ groupInstanceId: 'one' }), topic)
    const groups = await admin.describeGroups({ groups: [`${prefix}-group`] })
    out('described', { members: [...groups.get(`${prefix}-group`).members.values()].map(m => m.groupInstanceId) })
  },

  async consumer_protocol() {
    const topic = await create(prefix)
    await produce(producer(), numbered(topic, 2))
    await attempt('consumed', async () => {
      const client = new Consumer({
        ...base, groupId: `${prefix}-group`, groupProtocol: 'consumer', deserializers: stringDeserializers, maxWaitTime: 100, autocommit: false,
      })
      return (await (await reading(client, topic)).read(2)).map(place)
    })
  },

  async groups_admin() {
    const topic = await create(prefix, 2)
    const group = `${prefix}-group`
    const client = consumer()
    const stream = await reading(client, topic)
    const mine = async () => [...(await admin.listGroups()).values()].filter(one => one.id === group)
    out('listed', { groups: await mine() })
    const described = (await admin.describeGroups({ groups: [group] })).get(group)
    out('described', {
      state: described.state, type: described.protocolType, protocol: described.protocol,
      members: [...described.members.values()].map(m => [m.clientId, m.clientHost]),
    })
    await attempt('delete while live', () => admin.deleteGroups({ groups: [group] }))
    await stream.leave()
    out('empty', { groups: await mine() })
    await attempt('delete', () => admin.deleteGroups({ groups: [group] }))
    await attempt('delete again', () => admin.deleteGroups({ groups: [group] }))
    await attempt('describe nothing', async () => [...(await admin.describeGroups({ groups: [group] })).values()].map(g => g.state))
    await attempt('coordinator', async () => (await admin.findCoordinator({ keyType: 0, keys: [group] })).map(c => [c.key, c.host]))
  },

  async group_offsets_admin() {
    const topic = await create(prefix, 2)
    const groupId = `${prefix}-group`
    const list = async () => (await admin.listConsumerGroupOffsets({ groups: [groupId] })).map(one => one.topics)
    await attempt('set', () => admin.alterConsumerGroupOffsets({
      groupId, topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 7n }, { partition: 1, offset: 8n }] }],
    }))
    await attempt('seven and eight', list)
    await attempt('forget one', () => admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionIndexes: [1] }] }))
    await attempt('only zero', list)
  },

  async delete_records() {
    const topic = await create(prefix)
    await produce(producer(), numbered(topic, 5))
    await attempt('deleted', () => admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }] }))
  },

  async transactions() {
    const topic = await create(prefix)
    await attempt('transaction', async () => {
      const client = producer({ transactionalId: `${prefix}-id`, idempotent: true, retries: 1 })
      const transaction = await client.beginTransaction()
      await transaction.send({ messages: numbered(topic, 2) })
      await transaction.commit()
      return 'committed'
    })
  },

  async compacted() {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    await attempt('create', async () => (await admin.createTopics({ topics: [prefix], partitions: 1, replicas: 1, configs })).length)
  },
}

await scenarios[scenario]()
// Nothing is closed: the process ends, and with it every connection.
process.exit(0)
