// Draws one picture of the film that was put into the page's file field; null when there is none. See film.py.
async () => {
  const video = document.querySelector('video');
  const happens = name => new Promise((done, fail) => {
    video.addEventListener(name, done, {once: true});
    video.addEventListener('error', () => fail(video.error), {once: true});
  });
  try {
    const loaded = happens('loadeddata');
    video.src = URL.createObjectURL(document.querySelector('input').files[0]);
    await loaded;
    if (!video.videoWidth) return null;
    // The very first picture is often black.
    const moment = Math.min(3, (Number.isFinite(video.duration) ? video.duration : 0) / 10);
    if (moment > 0) {
      const sought = happens('seeked');
      video.currentTime = moment;
      await sought;
    }
  } catch {
    return null;
  }
  const scale = Math.min(1, 1280 / video.videoWidth, 2560 / video.videoHeight);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
  canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.92).split(',')[1];
}
