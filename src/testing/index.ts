/** For those who embed the module, and for our own tests: SPs in one process, clocks that move. */
export { type FakeClock, fakeClock } from './fake-clock.js'
export { type MovableClock, movableClock } from './movable-clock.js'
export { createTestNetwork, type TestNetwork, type TestNetworkOptions, type TestSp } from './network.js'
export { type TestChain, testChain } from './test-chain.js'
