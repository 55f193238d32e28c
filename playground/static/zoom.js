// Making a picture zoomable and movable inside its stage.

const MOST = 8;
const READABLE_PX = 1000;

/** Zooms with wheel, pinch and double press, moves by dragging. A tall page starts as wide as can be read, at its top. */
export function zoomable(stage, image) {
  const at = { scale: 1, x: 0, y: 0, natural: { width: 1, height: 1 }, dragged: false };
  const zoom = {
    at,
    to: (wanted, cx = 0, cy = 0) => {
      const now = Math.min(Math.max(wanted, 1), Math.max(MOST, (at.natural.width / Math.max(width(), 1)) * 2));
      at.x = cx - ((cx - at.x) * now) / at.scale;
      at.y = cy - ((cy - at.y) * now) / at.scale;
      at.scale = now;
      paint();
    },
    by: (factor) => zoom.to(at.scale * factor),
    move: (dx, dy) => {
      at.x += dx;
      at.y += dy;
      paint();
    },
    reset: (natural) => {
      Object.assign(at, { scale: 1, x: 0, y: 0, natural });
      paint();
      image.decode().then(begin, () => {}); // a picture that is replaced meanwhile begins by itself
    },
    moved: () => at.dragged,
  };
  const width = () => image.clientWidth;
  const paint = () => {
    const wide = Math.max(0, (width() * at.scale - stage.clientWidth) / 2);
    const high = Math.max(0, (image.clientHeight * at.scale - stage.clientHeight) / 2);
    at.x = Math.min(Math.max(at.x, -wide), wide);
    at.y = Math.min(Math.max(at.y, -high), high);
    image.style.transform = `translate(${at.x}px, ${at.y}px) scale(${at.scale})`;
    stage.classList.toggle("zoomed", at.scale > 1);
  };
  const begin = () => {
    const readable = Math.min(stage.clientWidth, at.natural.width, READABLE_PX);
    if (width() > readable / 2) return;
    zoom.to(readable / width());
    zoom.move(0, Infinity);
  };
  gestures(stage, image, zoom);
  return zoom;
}

function gestures(stage, image, zoom) {
  const { at } = zoom;
  const pointers = new Map();
  const centre = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom.to(at.scale * Math.exp(-event.deltaY / 300), ...centre(event));
  }, { passive: false });
  image.addEventListener("dblclick", (event) => zoom.to(at.scale > 1 ? 1 : 2.5, ...centre(event)));
  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    at.dragged = false;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const other = [...pointers.values()].find((p) => p.pointerId !== event.pointerId);
    pointers.set(event.pointerId, event);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (Math.hypot(dx, dy) > 2) at.dragged = true;
    if (other) {
      const apart = (p) => Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY) || 1;
      zoom.to(at.scale * (apart(event) / apart(before)), ...centre(event));
    } else if (at.scale > 1) zoom.move(dx, dy);
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => pointers.delete(event.pointerId));
}
