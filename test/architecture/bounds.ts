/** How far the figures of the architecture may go. Lower a bound when the code has earned it; raise none. */
export const BOUNDS = {
  rooms: 35,
  arrows: 165,
  folders: 60,
  folderArrows: 260,
  medianLines: 70
} as const

/** Folders that still import each other at run time, by the topmost folder of the cycle. */
export const FOLDER_CYCLES: readonly string[] = ['src/api/http', 'src/cli']
