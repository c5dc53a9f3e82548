/**
 * Strings and numbers that must not mix. A brand exists at compile time only;
 * values get theirs where they enter (`codec/address.ts`, `codec/task-codec.ts`, `config/`).
 */
declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Operator address of a storage provider in its one spelling: EIP-55, `0x` + 40 hex digits. */
export type SpAddress = Brand<string, 'SpAddress'>
/** A libp2p peer id in its text form, e.g. `16Uiu2HA…`. */
export type PeerIdString = Brand<string, 'PeerIdString'>
/** `ReplicatePieceApproval-bucket:<bucket>-object:<object>-id:<id>`. */
export type TaskKey = Brand<string, 'TaskKey'>
/** Block height of the chain, unsigned 64 bit. */
export type Height = Brand<bigint, 'Height'>

/** Brands a number of blocks as a height. The caller answers for the range. */
export const height = (blocks: bigint | number): Height => BigInt(blocks) as Height
