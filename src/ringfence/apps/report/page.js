// Tables sort by a column: its heading becomes a button. Without this script they are in their own order.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const own = [...body.rows];
  if (own.length < 2) continue;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.title = "sort by this column";
    if (!head.textContent) return;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
      const order = { null: "ascending", ascending: "descending" }[before];
      const text = (row) => row.cells[column].textContent;
      const compare = (a, b) => text(a).localeCompare(text(b), "en", { numeric: true });
      const rows = order ? [...own].sort(compare) : own;
      if (order === "descending") rows.reverse();
      if (order) head.setAttribute("aria-sort", order);
      body.append(...rows);
    });
  });
}
