/** Loaded into a process before anything else: at SIGUSR2 its wall clock leaps an hour ahead of the machine's. */
const HOUR_MS = 3_600_000
const machineNow = Date.now

process.once('SIGUSR2', () => {
  Date.now = () => machineNow() + HOUR_MS
})
