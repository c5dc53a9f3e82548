export const KAD_PROTOCOL = '/sp-approval/kad/1.0.0'

/** Addresses kept of a node that others told of. */
export const MAX_ADDRESSES = 4
