// Loaded into every process that is measured: answers its own CPU time and memory to whoever started it. It is
// JavaScript, because the machinery that strips types would weigh on what is measured.
process.on('message', message => {
  if (message !== 'usage') return
  const { user, system } = process.cpuUsage()
  const { maxRSS } = process.resourceUsage()
  process.send({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 2 ** 20, peakMb: maxRSS / 1024 })
})
process.channel?.unref()
