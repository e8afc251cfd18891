// What is set stays in this tab through a reload, and so through a lost connection, after which Gradio reloads the page.
(...values) => {
  sessionStorage.setItem('talkgen', JSON.stringify(values));
  return [];
}
