import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { PONG_PROTOCOL } from '../../../../src/constants.js'
import { localSigner } from '../../../../src/index.js'
import { prelude } from '../../../../src/protocols/muxer/early-protocol.js'
import { inventedNodes, pongOf } from '../../harness/attacker.js'
import { type Attack, LastingLink } from '../kit.js'

/** Ways to say "your own machine". */
const spellings = (port: number): string[] => [
  `/dns4/127.0.0.1/tcp/${port}`,
  `/dns/127.0.0.1/tcp/${port}`,
  `/dns4/localhost/tcp/${port}`,
  `/dns4/0x7f.1/tcp/${port}`,
  `/dns4/2130706433/tcp/${port}`,
  `/dns4/0177.0.0.1/tcp/${port}`,
  `/dns6/::ffff:127.0.0.1/tcp/${port}`,
  `/ip6/::ffff:127.0.0.1/tcp/${port}`,
  `/ip4/127.0.0.1/tcp/${port}`
]

/** A listed SP tells in its pongs of nodes that are to be found on the victim's own machine. */
export const ownMachine: Attack = {
  name: 'own-machine-names',
  shows: 'a listed SP tells of nodes at nine spellings of 127.0.0.1, once a second',
  never: 'dialled',
  async run(kit) {
    const server = createServer(socket => {
      kit.count('dialled')
      socket.destroy()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const signer = localSigner(kit.spec.turned.operatorKey)
    const lasting = new LastingLink(kit, { nodeKey: kit.spec.turned.nodeKey })
    const told = spellings((server.address() as AddressInfo).port)
    await kit.every(1, async () => {
      const nodes = inventedNodes(told.length, 1, 1).map(({ nodeId }, index) => ({
        nodeId,
        multiAddr: [told[index] ?? '']
      }))
      const pong = await pongOf(signer, nodes)
      await (await lasting.get())?.stream(Buffer.concat([prelude(PONG_PROTOCOL), pong]), kit.signal, true)
      kit.count('nodes told', nodes.length)
    })
    server.close()
  }
}
