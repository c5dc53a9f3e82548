/** How far the figures of the architecture may go. Lower a bound when the code has earned it; raise none. */
export const BOUNDS = {
  rooms: 35,
  arrows: 165,
  folders: 52,
  folderArrows: 254,
  medianLines: 70
} as const
