import type { Attack } from '../kit.js'
import { halfAnswers, longNames, pongStreams } from './budgets.js'
import { closedList, fatIdentify, halfOpen, handshakes, hoard, replayedPings } from './crowds.js'
import { dhtFloods } from './dht.js'
import { ownMachine } from './names.js'
import { encryptedNegotiation, rawNegotiation, streamNegotiation } from './negotiation.js'
import { rapidReset } from './resets.js'

export const ATTACKS: readonly Attack[] = [
  rawNegotiation,
  encryptedNegotiation,
  streamNegotiation,
  rapidReset,
  ...dhtFloods,
  hoard,
  replayedPings,
  fatIdentify,
  halfOpen,
  handshakes,
  closedList,
  pongStreams,
  halfAnswers,
  longNames,
  ownMachine
]
