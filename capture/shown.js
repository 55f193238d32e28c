// Brings back the parts that `content-visibility: auto` leaves out while they are out of sight: they have neither words
// nor a picture. Which ones, settle.js has watched.
() => {
  for (const element of globalThis.__watch?.skipped ?? []) {
    if (element.isConnected) element.style.setProperty('content-visibility', 'visible', 'important');
  }
}
