/** Whether a file's name makes a system run it, or run something for it. A caution to show, not a protection to rely on. */
const PROGRAMS = new Set(
  (
    "apk app appimage bat cmd com cpl deb desktop dll dmg exe hta inf jar js jse lnk mjs msi msix msp pif pkg ps1 psm1 py " +
    "library-ms msc ps1xml rb reg rpm run scf scr search-ms settingcontent-ms sh url vb vbe vbs webloc wsf wsh xll"
  ).split(" "),
);

export function isProgramName(name: string): boolean {
  // Windows drops blanks and dots at the end of a name.
  const extension = /\.([^.]+)$/.exec(name.replace(/[\s.]+$/, ""))?.[1] ?? "";
  return PROGRAMS.has(extension.toLowerCase());
}
