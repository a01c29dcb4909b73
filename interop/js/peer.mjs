// A js-libp2p peer on loopback for Corolla's interoperability tests: TCP, Noise, yamux, identify, ping, and an echo.
//
//   peer.mjs                 listens: prints `listening MULTIADDR`, then `ready PEER_ID`; ends with standard input.
//   peer.mjs dial MULTIADDR  also dials that peer first and prints one JSON object: its identify, a ping, an echo of 1 MiB.
//
// It serves `/corolla/echo/1`: what comes goes back, until the other side ends its direction.
import { createLibp2p } from 'libp2p'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import { createHash, randomBytes } from 'node:crypto'

// Node 20 lacks what these packages use of newer JavaScript.
Promise.withResolvers ??= function () {
  const all = {}
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }))
  return all
}

const ECHO = '/corolla/echo/1'
const BYTES = 1 << 20

const say = line => process.stdout.write(line + '\n')

async function start () {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), ping: ping() }
  })
  await node.handle(ECHO, ({ stream }) => { stream.sink(stream.source).catch(e => stream.abort(e)) })
  return node
}

async function identified (node, peer) {
  for (let i = 0; i < 200; i++) {
    const known = await node.peerStore.get(peer).catch(() => ({ protocols: [], addresses: [] }))
    if (known.protocols.length > 0) return known
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error('identify told nothing')
}

async function echo (node, address) {
  const stream = await node.dialProtocol(address, ECHO)
  const sent = randomBytes(BYTES)
  const there = createHash('sha256')
  const back = createHash('sha256')
  let count = 0
  const reading = (async () => {
    for await (const chunk of stream.source) {
      for (const part of [...chunk]) { back.update(part); count += part.byteLength }
    }
  })()
  await stream.sink((async function * () {
    for (let at = 0; at < BYTES; at += 10_007) {
      const part = sent.subarray(at, Math.min(at + 10_007, BYTES))
      there.update(part)
      yield part
    }
  })())
  await reading
  return { bytes: count, equal: there.digest('hex') === back.digest('hex') }
}

async function call (node, text) {
  const address = multiaddr(text)
  const connection = await node.dial(address)
  const known = await identified(node, connection.remotePeer)
  return {
    peer: connection.remotePeer.toString(),
    encryption: connection.encryption,
    multiplexer: connection.multiplexer,
    protocols: known.protocols,
    addresses: known.addresses.map(a => a.multiaddr.toString()),
    ping_ms: await node.services.ping.ping(address),
    echo: await echo(node, address)
  }
}

const node = await start()
process.stdin.on('end', async () => { await node.stop(); process.exit(0) }).resume()
node.getMultiaddrs().forEach(address => say(`listening ${address}`))
say(`ready ${node.peerId}`)
if (process.argv[2] === 'dial') {
  say(JSON.stringify(await call(node, process.argv[3]).catch(e => ({ error: String(e.stack ?? e) }))))
}
