/** The SP file that `init` and the first start make: this SP alone, with what to add. */
export interface OwnEntry {
  readonly operatorAddress: string
  readonly peerId: string
  /** Multiaddrs. */
  readonly addresses: readonly string[]
  readonly network: string
}

export const ownProvidersFile = ({ operatorAddress, peerId, addresses, network }: OwnEntry): string => `\
# Storage providers of a network without a chain ([Chain] Mode = 'static').
# Every SP of the network uses the same file; it is read again when it changes. Add the other SPs below.

[chain]
# Name of the network: 1 to 64 characters of a-z, 0-9, '.', '_', '-'.
network = '${network}'
# height = (now - genesis) / block_time, rounded down. Both must be the same everywhere.
genesis = 2025-01-01T00:00:00Z
block_time = '2s'

# This SP.
[[providers]]
operator_address = '${operatorAddress}'
endpoint = ''
# The libp2p nodes that speak for it. Others need an address here that they can dial, e.g. '/dns4/sp0.example.com/tcp/9933'.
nodes = [
  { peer_id = '${peerId}', addresses = [${addresses.map(address => `'${address}'`).join(', ')}] }
]

# Another one; 'sp-approval key show' prints both of its names.
# [[providers]]
# operator_address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
# endpoint = 'https://sp1.example.com'
# nodes = [
#   { peer_id = '16Uiu2HA...', addresses = ['/dns4/sp1.example.com/tcp/9933'] }
# ]
`
