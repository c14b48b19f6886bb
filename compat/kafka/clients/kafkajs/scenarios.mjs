// Scenarios with kafkajs: `scenarios.mjs BOOTSTRAP SCENARIO` prints one JSON line per step.
//
// A line holds only what any correct broker must answer alike. Each scenario has topics and groups of its own.

import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'

const { Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, Partitioners, logLevel } = kafkajs
CompressionCodecs[CompressionTypes.Snappy] = snappy

const [bootstrap, scenario] = process.argv.slice(2)
const prefix = `kafkajs-${scenario.replaceAll('_', '-')}`
// Recent, because a broker may delete what is older than its retention at any moment; printed times are relative to it.
const T0 = Math.floor(Date.now() / 1000 - 3600) * 1000
const PATIENCE_MS = 40_000

const kafka = new Kafka({
  clientId: 'kafkajs',
  brokers: [bootstrap],
  logLevel: logLevel.ERROR,
  retry: { retries: 8, initialRetryTime: 50, maxRetryTime: 500 },
})
const opened = []
const admin = await open(kafka.admin())

async function open(client) {
  await client.connect()
  opened.push(client)
  return client
}

const out = (step, fields) => console.log(JSON.stringify({ step, ...fields }))
const text = bytes => (bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString())
const sleep = ms => new Promise(done => setTimeout(done, ms))

function errorName(error) {
  const inner = error.cause ?? error
  return error.errors?.map(e => e.type) ?? inner.type ?? inner.name
}

async function attempt(step, call) {
  try {
    out(step, { value: (await call()) ?? null })
  } catch (error) {
    out(step, { error: errorName(error) })
  }
}

async function create(topic, numPartitions = 1, configEntries = []) {
  await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }], waitForLeaders: false })
  // Kafka's controller answers before its broker knows: without this moment, a scenario would record that race.
  await sleep(300)
  return topic
}

const producer = (settings = {}) =>
  open(kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false, ...settings }))

const numbered = (count, partition = 0) =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `v${i}`, partition, timestamp: `${T0 + i * 1000}` }))

async function produce(client, topic, messages, settings = {}) {
  const answers = await client.send({ topic, messages, ...settings })
  return answers.map(({ partition, baseOffset, errorCode }) => [partition, baseOffset, errorCode])
}

function described({ partition, message }) {
  const headers = Object.entries(message.headers ?? {}).map(([k, v]) => [k, Array.isArray(v) ? v.map(text) : text(v)])
  const { offset, timestamp } = message
  return { partition, offset, timestamp: Number(timestamp) - T0, key: text(message.key), value: text(message.value), headers }
}

const place = ({ partition, message }) => [partition, message.offset]
const byPlace = (a, b) => a.partition - b.partition || Number(a.message.offset) - Number(b.message.offset)

async function until(what, condition) {
  const deadline = Date.now() + PATIENCE_MS
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still waiting: ${what()}`)
    await sleep(20)
  }
}

/** A running member of a group that collects what it gets. */
async function member(topic, settings = {}, run = {}) {
  const client = await open(
    kafka.consumer({ groupId: `${prefix}-group`, sessionTimeout: 6000, heartbeatInterval: 300, maxWaitTimeInMs: 100, ...settings })
  )
  const got = []
  let joins = 0
  let assigned = []
  client.on(client.events.GROUP_JOIN, ({ payload }) => {
    joins += 1
    assigned = payload.memberAssignment[topic] ?? []
  })
  await client.subscribe({ topic, fromBeginning: true })
  await client.run({ autoCommit: false, eachMessage: async one => got.push(one), ...run })
  await until(() => 'join', () => joins > 0)
  const read = async count => {
    await until(() => `${got.length} of ${count} records`, () => got.length >= count)
    return got.splice(0).sort(byPlace)
  }
  const close = async () => {
    opened.splice(opened.indexOf(client), 1)
    await client.disconnect()
  }
  return { client, read, close, joins: () => joins, assigned: () => assigned }
}

async function readAll(topic, count) {
  const reader = await member(topic, { groupId: `${prefix}-reader-${Math.random()}` })
  const records = await reader.read(count)
  await reader.close()
  return records
}

const scenarios = {
  async codecs() {
    const client = await producer()
    for (const [name, compression] of [['none', CompressionTypes.None], ['gzip', CompressionTypes.GZIP], ['snappy', CompressionTypes.Snappy]]) {
      const topic = await create(`${prefix}-${name}`)
      const messages = [...numbered(5), { key: 'big', value: 'x'.repeat(20_000), timestamp: `${T0}` }]
      out(`produced ${name}`, { acks: await produce(client, topic, messages, { compression }) })
      const records = await readAll(topic, 6)
      out(`consumed ${name}`, { records: records.slice(0, 5).map(described), big: records[5].message.value.length })
    }
  },

  async headers() {
    const topic = await create(prefix)
    const messages = [
      { key: 'a', value: 'both', headers: { h: ['1', '2'], other: '3' } },
      { key: 'b', value: 'empty header', headers: { empty: '' } },
      { key: 'c', value: null },
      { key: null, value: 'no key' },
      { key: '', value: '' },
      { key: 'ключ', value: 'значение', headers: { имя: 'значение' } },
    ].map((message, i) => ({ ...message, timestamp: `${T0 + i}` }))
    out('produced', { acks: await produce(await producer(), topic, messages) })
    for (const record of await readAll(topic, messages.length)) out(`record ${record.message.offset}`, described(record))
  },

  async partitions() {
    const topic = await create(prefix, 3)
    const client = await producer()
    const acks = await produce(client, topic, Array.from({ length: 12 }, (_, i) => ({ key: `key-${i}`, value: `v${i}` })))
    out('by key', { acks: acks.sort() })
    const batch = { topicMessages: [{ topic, messages: numbered(2, 0) }, { topic, messages: numbered(2, 2) }] }
    await client.sendBatch(batch)
    out('consumed', { records: (await readAll(topic, 16)).map(one => [...place(one), text(one.message.key)]) })
  },

  async timestamps() {
    const topic = await create(prefix)
    const messages = [0, 1000, 5000, 2000, 9000, 3000].map(at => ({ value: `${at}`, timestamp: `${T0 + at}` }))
    await produce(await producer(), topic, messages)
    for (const at of [-1000, 0, 500, 2500, 5001, 9000, 9001]) {
      out(`at ${at}`, { offsets: await admin.fetchTopicOffsetsByTimestamp(topic, T0 + at) })
    }
    const append = await create(`${prefix}-append`, 1, [{ name: 'message.timestamp.type', value: 'LogAppendTime' }])
    const before = Date.now()
    const [answer] = await (await producer()).send({ topic: append, messages: numbered(2) })
    const records = await readAll(append, 2)
    out('log append time', {
      acknowledged: Number(answer.logAppendTime) >= before - 1,
      consumed: records.map(({ message }) => Number(message.timestamp) >= before - 1),
    })
  },

  async acks() {
    const topic = await create(prefix)
    const client = await producer()
    for (const acks of [0, 1, -1]) {
      out(`acks ${acks}`, { acks: await produce(client, topic, numbered(2), { acks }) })
      await sleep(300)
    }
    out('consumed', { records: (await readAll(topic, 6)).map(described) })
  },

  async idempotent() {
    const topic = await create(prefix, 2)
    const client = await producer({ idempotent: true, maxInFlightRequests: 1 })
    const acks = []
    for (let i = 0; i < 20; i++) acks.push(...(await produce(client, topic, numbered(3, i % 2), { acks: -1 })))
    out('produced', { acks })
    out('consumed', { places: (await readAll(topic, 60)).map(place) })
  },

  async too_large() {
    const topic = await create(prefix)
    const client = await producer({ retry: { retries: 0 } })
    await attempt('2 MB', () => produce(client, topic, [{ value: 'x'.repeat(2_000_000) }]))
    await attempt('900 KB', () => produce(client, topic, [{ value: 'x'.repeat(900_000) }]))
    const small = await create(`${prefix}-small`, 1, [{ name: 'max.message.bytes', value: '1000' }])
    await attempt('small topic', () => produce(client, small, [{ value: 'x'.repeat(2000) }]))
    await attempt('fits', () => produce(client, small, [{ value: 'x'.repeat(200) }]))
  },

  async out_of_range() {
    const topic = await create(prefix)
    await produce(await producer(), topic, numbered(3))
    await admin.setOffsets({ groupId: `${prefix}-group`, topic, partitions: [{ partition: 0, offset: '1000' }] })
    const one = await member(topic)
    out('goes back to the start', { places: (await one.read(3)).map(place) })
  },

  async seek() {
    const topic = await create(prefix)
    await produce(await producer(), topic, numbered(10))
    const one = await member(topic)
    await one.read(10)
    one.client.seek({ topic, partition: 0, offset: '7' })
    out('from 7', { places: (await one.read(3)).map(place) })
    one.client.seek({ topic, partition: 0, offset: '0' })
    out('from the start', { places: (await one.read(10)).map(place) })
  },

  async batches() {
    const topic = await create(prefix, 2)
    const client = await producer()
    await produce(client, topic, numbered(4, 0))
    await produce(client, topic, numbered(3, 1))
    const batches = []
    const eachBatch = async ({ batch }) => {
      batches.push([batch.partition, batch.firstOffset(), batch.lastOffset(), batch.highWatermark, batch.offsetLag()])
    }
    await member(topic, {}, { eachMessage: undefined, eachBatch })
    await until(() => `${batches.length} batches`, () => batches.length >= 2)
    out('batches', { batches: batches.sort() })
  },

  async auto_create() {
    const client = await producer({ allowAutoTopicCreation: true })
    out('produced', { acks: await produce(client, prefix, [{ value: 'made it', timestamp: `${T0}` }]) })
    const { topics } = await admin.fetchTopicMetadata({ topics: [prefix] })
    out('partitions', { count: topics[0].partitions.length })
    const careful = await producer({ retry: { retries: 1 } })
    await attempt('not allowed', () => produce(careful, `${prefix}-not`, [{ value: 'x' }]))
    await sleep(300)
    out('listed', { names: (await admin.listTopics()).filter(name => name.startsWith(prefix)).sort() })
  },

  async topic_errors() {
    const create = (topic, settings = {}, more = {}) => () =>
      admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1, ...settings }], waitForLeaders: false, ...more })
    await attempt('create', create(prefix))
    await attempt('create again', create(prefix))
    await attempt('bad name', create('not/a name'))
    await attempt('long name', create('n'.repeat(250)))
    await attempt('no partitions', create(`${prefix}-zero`, { numPartitions: 0 }))
    await attempt('three replicas', create(`${prefix}-three`, { replicationFactor: 3 }))
    await attempt('default replicas', create(`${prefix}-default`, { numPartitions: -1, replicationFactor: -1 }))
    await attempt('unknown config', create(`${prefix}-c`, { configEntries: [{ name: 'no.such.setting', value: '1' }] }))
    await attempt('bad config', create(`${prefix}-c`, { configEntries: [{ name: 'retention.ms', value: 'soon' }] }))
    await attempt('validate only', create(`${prefix}-validated`, {}, { validateOnly: true }))
    await sleep(300)
    out('listed', { names: (await admin.listTopics()).filter(name => name.startsWith(prefix)).sort() })
    await attempt('delete', () => admin.deleteTopics({ topics: [`${prefix}-default`] }))
    await attempt('delete nothing', () => admin.deleteTopics({ topics: [`${prefix}-nothing`], timeout: 2000 }))
    await attempt('describe nothing', () => admin.fetchTopicMetadata({ topics: [`${prefix}-nothing`] }))
  },

  async describe() {
    const topic = await create(prefix, 3)
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    for (const p of topics[0].partitions.sort((a, b) => a.partitionId - b.partitionId)) {
      out(`partition ${p.partitionId}`, {
        error: p.partitionErrorCode, leads: p.leader === p.replicas[0], replicas: p.replicas.length, isr: p.isr.length,
        offline: p.offlineReplicas.length,
      })
    }
  },

  async configs() {
    const topic = await create(prefix, 1, [{ name: 'retention.ms', value: '3600000' }])
    const of = name => ({
      includeSynonyms: true, resources: [{ type: ConfigResourceTypes.TOPIC, name, configNames: ['retention.ms', 'cleanup.policy', 'max.message.bytes'] }],
    })
    const { resources } = await admin.describeConfigs(of(topic))
    for (const entry of resources[0].configEntries.sort((a, b) => (a.configName < b.configName ? -1 : 1))) out(entry.configName, entry)
    await attempt('configs of nothing', () => admin.describeConfigs(of(`${prefix}-nothing`)))
  },

  async topic_offsets() {
    const topic = await create(prefix, 2)
    await produce(await producer(), topic, numbered(4, 1))
    const offsets = await admin.fetchTopicOffsets(topic)
    out('offsets', { offsets: offsets.sort((a, b) => a.partition - b.partition) })
    await attempt('of nothing', () => admin.fetchTopicOffsets(`${prefix}-nothing`))
  },

  async recreate() {
    const topic = await create(prefix)
    const client = await producer()
    await produce(client, topic, numbered(3))
    await admin.deleteTopics({ topics: [topic] })
    await sleep(300)
    await create(topic)
    out('produced', { acks: await produce(client, topic, numbered(2)) })
    out('consumed', { places: (await readAll(topic, 2)).map(place) })
  },

  async group_resumes() {
    const topic = await create(prefix, 2)
    const client = await producer()
    await produce(client, topic, numbered(5, 0))
    await produce(client, topic, numbered(5, 1))
    const first = await member(topic)
    out('first', { places: (await first.read(10)).map(place) })
    await first.client.commitOffsets([
      { topic, partition: 0, offset: '3', metadata: 'half way' },
      { topic, partition: 1, offset: '5' },
    ])
    await first.close()
    const found = await admin.fetchOffsets({ groupId: `${prefix}-group`, topics: [topic] })
    out('committed', { partitions: found[0].partitions.sort((a, b) => a.partition - b.partition) })
    const second = await member(topic)
    out('resumed', { places: (await second.read(2)).map(place) })
    await produce(client, topic, numbered(1, 1))
    out('live', { places: (await second.read(1)).map(place) })
    await second.close()
    const nothing = await admin.fetchOffsets({ groupId: `${prefix}-empty`, topics: [topic] })
    out('nothing committed', { offsets: nothing[0].partitions.map(p => p.offset) })
  },

  async group_of_two() {
    const topic = await create(prefix, 4)
    const first = await member(topic)
    out('alone', { assigned: first.assigned() })
    const second = await member(topic)
    await until(() => 'both', () => first.assigned().length === 2 && second.assigned().length === 2)
    out('together', { all: [...first.assigned(), ...second.assigned()].sort() })
    await second.close()
    await until(() => 'one', () => first.assigned().length === 4)
    await produce(await producer(), topic, numbered(1, 3))
    out('after one left', { places: (await first.read(1)).map(place) })
  },

  async groups_admin() {
    const topic = await create(prefix, 2)
    const groupId = `${prefix}-group`
    await produce(await producer(), topic, numbered(2))
    const one = await member(topic)
    await one.read(2)
    const mine = async () => (await admin.listGroups()).groups.filter(group => group.groupId === groupId)
    out('listed', { groups: await mine() })
    const { groups } = await admin.describeGroups([groupId])
    out('described', {
      state: groups[0].state, protocol: groups[0].protocol, type: groups[0].protocolType, error: groups[0].errorCode,
      members: groups[0].members.map(m => [m.clientId, m.clientHost]),
    })
    await attempt('delete while live', () => admin.deleteGroups([groupId]))
    await one.close()
    out('empty', { states: (await admin.describeGroups([groupId])).groups.map(group => group.state) })
    await attempt('delete', () => admin.deleteGroups([groupId]))
    await attempt('delete again', () => admin.deleteGroups([groupId]))
    out('listed at last', { groups: await mine() })
    out('described at last', { groups: (await admin.describeGroups([groupId])).groups.map(g => [g.state, g.errorCode]) })
  },

  async group_offsets_admin() {
    const topic = await create(prefix, 2)
    const groupId = `${prefix}-group`
    await produce(await producer(), topic, numbered(3))
    const offsets = async step => {
      const found = await admin.fetchOffsets({ groupId, topics: [topic] })
      out(step, { partitions: found[0].partitions.sort((a, b) => a.partition - b.partition) })
    }
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '2' }, { partition: 1, offset: '0' }] })
    await offsets('set')
    await admin.resetOffsets({ groupId, topic, earliest: true })
    await offsets('earliest')
    await admin.resetOffsets({ groupId, topic })
    await offsets('latest')
  },

  async cluster() {
    const { brokers, controller, clusterId } = await admin.describeCluster()
    out('cluster', { nodes: brokers.length, host: brokers[0].host, controls: controller === brokers[0].nodeId, id_length: clusterId.length })
  },

  async transactions() {
    const topic = await create(prefix)
    const client = await producer({ idempotent: true, transactionalId: `${prefix}-id`, maxInFlightRequests: 1, retry: { retries: 2 } })
    await attempt('transaction', async () => {
      const transaction = await client.transaction()
      await transaction.send({ topic, messages: numbered(2) })
      await transaction.commit()
      return 'committed'
    })
  },

  async compacted() {
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
    await attempt('create', () => admin.createTopics({ topics: [{ topic: prefix, configEntries }], waitForLeaders: false }))
  },
}

await scenarios[scenario]()
for (const client of opened.reverse()) await client.disconnect()
process.exit(0)
