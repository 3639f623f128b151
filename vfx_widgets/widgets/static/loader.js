async function load(){if(!("DecompressionStream"in globalThis)){let text="The panel needs a browser from 2023 or later: this one has no DecompressionStream.";return{
render:({el})=>el.append(text)}}let bytes=Uint8Array.from(atob("{panel.js}"),letter=>letter.charCodeAt(0)),script=new Blob([bytes]).stream().pipeThrough(new DecompressionStream(
"deflate")),blob=await new Response(script,{headers:{"content-type":"text/javascript"}}).blob(),url=URL.createObjectURL(blob);try{return(await import(url)).default}finally{
URL.revokeObjectURL(url)}}export{load as default};
