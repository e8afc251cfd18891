// Gradio labels its empty pictures, which a screen reader hears only of what has a role.
() => {
  const name = () => document.querySelectorAll('.empty[aria-label]:not([role])').forEach((empty) => empty.setAttribute('role', 'img'));
  new MutationObserver(name).observe(document.body, {childList: true, subtree: true});
  name();
}
