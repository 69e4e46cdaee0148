// The third tap of the first run goes on by itself; without this module the button does.

const form = document.getElementById("picks");
const wanted = Number(form?.dataset.wanted ?? 3);
const words = document.getElementById("picked-count");

form?.addEventListener("change", () => {
  const count = form.querySelectorAll("input:checked").length;
  words.textContent = count && count < wanted ? `${wanted - count} more` : "";
  if (count === wanted) form.requestSubmit();
});
