/** How far the figures of the architecture may go. Lower a bound when the code has earned it; raise none. */
export const BOUNDS = {
  rooms: 33,
  arrows: 166,
  folders: 48,
  folderArrows: 247,
  lines: 34_770,
  medianLines: 70
} as const
