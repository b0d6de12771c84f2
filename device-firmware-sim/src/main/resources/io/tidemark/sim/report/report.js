// The legends tell the values under the pointer, as the table of all numbers has them.
(() => {
  const rows = [...document.querySelectorAll("#numbers tbody tr")];
  const areas = [...document.querySelectorAll(".area")];
  const values = [...document.querySelectorAll("[data-column]")].map((cell) => ({ cell, usual: cell.textContent }));
  const seconds = Number(document.body.dataset.seconds);
  const leave = () => {
    for (const { cell, usual } of values) cell.textContent = usual;
    for (const area of areas) area.querySelector(".cursor").style.visibility = "hidden";
  };
  const point = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    const row = rows.find((r) => Number(r.dataset.to) >= share * seconds) ?? rows.at(-1);
    if (!row) return;
    for (const { cell } of values) cell.textContent = row.cells[Number(cell.dataset.column)].textContent;
    for (const area of areas) {
      const { style } = area.querySelector(".cursor");
      style.left = `${share * 100}%`;
      style.visibility = "visible";
    }
  };
  for (const area of areas) {
    area.addEventListener("pointermove", point);
    area.addEventListener("pointerleave", leave);
  }
})();
