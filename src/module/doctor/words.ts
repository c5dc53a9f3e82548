/** `1 SP`, `2 SPs`. */
export const several = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`
