type Opener = (path: string) => void;

let opener: Opener = (path) => {
  window.open(path, '_blank', 'noopener');
};

/** Where pages cannot open windows themselves (the desktop), the app says here how it is done. */
export function setOwnWindowOpener(open: Opener): void {
  opener = open;
}

/** Opens a detail in a window or tab of its own: the whole address, with `?alone`. */
export function openOwnWindow(path: string): void {
  opener(`${path}?alone`);
}
