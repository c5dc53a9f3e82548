import { privateKeyToProtobuf } from '@libp2p/crypto/keys'
import t from 'tap'
import { parseSpAddress } from '../../src/codec/address.js'
import { keccak256 } from '../../src/codec/keccak.js'
import { operatorAddressOf, parseKeyHex, peerIdOf } from '../../src/identity/keys.js'
import { localSigner } from '../../src/identity/local-signer.js'
import { createVerifier, signedBy } from '../../src/identity/verifier.js'
import { nodePrivateKey } from '../../src/protocols/patches/node-key.js'
import { backends } from '../identity/backends.js'
import { fromHex, hex, holdRows, utf8 } from './rows.js'

interface KeyRow {
  readonly private_key: string
  readonly public_key: string
  readonly operator_address: string
  readonly eip55: string
  readonly peer_id: string
  readonly libp2p_public_raw: string
  readonly libp2p_private_protobuf: string
}

interface VerifyRow {
  readonly name: string
  readonly operator_address: string
  readonly sign_bytes: string
  readonly signature: string
  readonly verdict: 'accept' | 'refuse'
}

t.test('a private key gives the addresses, public keys and peer id that Go derives', t =>
  holdRows<KeyRow>(t, 'keys.json', (row, compare) => {
    const raw = parseKeyHex(row.private_key)
    const node = nodePrivateKey(raw)
    compare('operator_address', operatorAddressOf(raw), row.operator_address)
    compare('eip55', parseSpAddress(row.operator_address.toLowerCase()), row.eip55)
    compare('public_key', hex(node.publicKey.raw), row.public_key)
    compare('libp2p_public_raw', hex(node.publicKey.raw), row.libp2p_public_raw)
    compare('libp2p_private_protobuf', hex(privateKeyToProtobuf(node)), row.libp2p_private_protobuf)
    compare('peer_id', peerIdOf(raw), row.peer_id)
    for (const backend of backends) {
      const signer = localSigner(raw, backend)
      const digest = keccak256(raw)
      const signature = signer.sign(digest, { type: 'join', message: digest }) as Uint8Array
      compare(`operator_address by ${backend.name}`, signer.operatorAddress, row.operator_address)
      compare(`signer by ${backend.name}`, createVerifier(backend).recover(digest, signature), row.operator_address)
    }
  })
)

for (const backend of backends) {
  t.test(`a signature gets the verdict that Go gives it (${backend.name})`, t =>
    holdRows<VerifyRow>(t, 'verify.json', (row, compare) => {
      const address = parseSpAddress(row.operator_address)
      const digest = keccak256(utf8(row.sign_bytes))
      const accepted =
        address !== undefined && signedBy(createVerifier(backend), [digest], fromHex(row.signature), address)
      compare(`${row.name} verdict`, accepted ? 'accept' : 'refuse', row.verdict)
    })
  )
}
